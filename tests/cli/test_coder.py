"""The coder's commands, as a person types them."""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.adapters.coders.small import NoEncoder
from tests.adapters.coders.test_judging import ROW
from typer.testing import CliRunner

from entregent.adapters.coders.examples import CodedSet
from entregent.cli import coder as commands
from entregent.cli.main import app

SHELL = CliRunner()


def _set(folder):
    place = folder / "own.jsonl"
    rows = [ROW | {"id": f"g{number}"} for number in range(12)]
    place.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return place


def test_the_card_is_printed():
    done = SHELL.invoke(app, ["coder", "card", "--profile", "fast"])
    assert done.exit_code == 0, done.output
    assert "entregent-fast" in done.output
    assert "sentiment_of_three" in done.output
    assert "What it takes for what" in done.output


def test_a_coder_is_judged_on_a_set(tmp_path):
    done = SHELL.invoke(app, ["coder", "evaluate", str(_set(tmp_path)), "--format", "json"])
    assert done.exit_code == 0, done.output
    rows = {row["code"]: row for row in json.loads(done.output)}
    assert rows["movement"]["n"] == 24


def test_coders_are_compared_side_by_side(tmp_path):
    done = SHELL.invoke(
        app, ["coder", "compare", str(_set(tmp_path)), "--profile", "fast", "--format", "json"]
    )
    assert done.exit_code == 0, done.output
    assert all("[" in row["fast"] for row in json.loads(done.output))


# Ibis imports pandas here, which warns of its own parts; we have no hold on that.
@pytest.mark.filterwarnings("ignore")
def test_a_table_of_texts_is_coded_into_two_files(tmp_path):
    source = tmp_path / "interactions.parquet"
    rows = {
        "interaction_id": [1, 2, 3],
        "customer_id": [7, 7, 8],
        "at": pa.nulls(3, pa.timestamp("us", "UTC")),
        "text": ["Nul. Je pars.", None, "Très bien, merci."],
    }
    pq.write_table(pa.table(rows), source)
    done = SHELL.invoke(app, ["coder", "code", str(source), "--to", str(tmp_path / "coded")])
    assert done.exit_code == 0, done.output
    assert "2 texts, 3 segments" in done.output
    segments = pq.read_table(tmp_path / "coded" / "coded_segments.parquet").to_pylist()
    assert [row["interaction_id"] for row in segments] == [1, 1, 3]


def test_an_unknown_profile_is_refused(tmp_path):
    done = SHELL.invoke(app, ["coder", "card", "--profile", "best"])
    assert done.exit_code == 2
    assert "best" in done.output


def test_a_file_that_is_no_set_is_refused(tmp_path):
    place = tmp_path / "broken.jsonl"
    place.write_text("{")
    done = SHELL.invoke(app, ["coder", "evaluate", str(place)])
    assert done.exit_code == 2
    assert "line 1" in done.output


@pytest.fixture
def small(monkeypatch):
    """What the package carries is left out, and texts are encoded by their letters: learned in a moment."""
    monkeypatch.setattr(commands, "carried_examples", lambda: CodedSet([], [], []))
    monkeypatch.setattr(commands, "_encoder", lambda *_: NoEncoder())


def _firms_own(folder):
    place = folder / "own.jsonl"
    rows = []
    for number in range(30):
        sign = "+-"[number % 2]
        said = f"{('très bien', 'trop lent')[number % 2]} fois {number}"
        segment = {
            "text": said, "movement": "TAN"[number % 3], "sentiment": sign, "trust": ("", "C-")[number % 2],
            "justice": dict.fromkeys("DPIF", number % 3 == 0),
        }  # fmt: skip
        rows.append(
            {
                "id": f"g{number}", "lang": "fr", "text": said, "segments": [segment],
                "relationship": ("friend", "adversary")[number % 2], "stage": ("new", "ended")[number % 2],
                "effort": ("none", "high")[number % 2],
            }
        )  # fmt: skip
    place.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return place


def test_a_coder_is_trained_judged_and_read_back(tmp_path, small):
    own, folder = _firms_own(tmp_path), tmp_path / "coder"
    done = SHELL.invoke(
        app,
        ["coder", "train", "--to", str(folder), "--examples", str(own), "--on", str(own), "--format", "json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (card,) = json.loads(done.output)
    assert card["trained_on"]["segments"] == {"fr": 30}
    assert card["scores"][0]["set"] == "own"
    judged = SHELL.invoke(
        app, ["coder", "evaluate", str(own), "--coder", str(folder), "--format", "json"]
    )
    rows = {row["code"]: row for row in json.loads(judged.output)}
    assert rows["sentiment"]["f1"] == 1.0
    beside = SHELL.invoke(
        app, ["coder", "compare", str(own), "--profile", str(folder), "--format", "json"]
    )
    assert {row["code"] for row in json.loads(beside.output)} == set(rows)


def test_a_set_is_judged_in_folds_of_its_own(tmp_path, small):
    done = SHELL.invoke(
        app, ["coder", "evaluate", str(_firms_own(tmp_path)), "--folds", "--format", "json"]
    )
    assert done.exit_code == 0, done.output
    assert {row["n"] for row in json.loads(done.output)} == {30}


def test_a_folder_without_a_coder_is_refused(tmp_path):
    done = SHELL.invoke(
        app, ["coder", "evaluate", str(_firms_own(tmp_path)), "--coder", str(tmp_path / "none")]
    )
    assert done.exit_code == 2
    assert "no trained heads" in done.output


def test_the_tuned_profile_is_tuned_as_a_whole(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "entregent.adapters.coders.tuning.tuned", raising=False)
    for asked, said in [
        (["train", "--to", str(tmp_path / "heads"), "--profile", "tuned"], "coder tune"),
        (["evaluate", str(_set(tmp_path)), "--profile", "tuned", "--folds"], "coder tune"),
        (["tune", "--to", str(tmp_path / "tuned")], "entregent[tune]"),
    ]:
        refused = SHELL.invoke(app, ["coder", *asked])
        assert refused.exit_code == 2
        assert said in " ".join(refused.output.replace("│", " ").split())
    assert not (tmp_path / "heads").exists()
    assert not (tmp_path / "tuned").exists()
