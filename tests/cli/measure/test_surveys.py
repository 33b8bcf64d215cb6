"""Survey measures at a shell prompt."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from entregent.cli.main import app

RATINGS = """at,shop,version,value
2026-01-05,Lille,2.0,5
2026-01-20,Lille,2.0,4
2026-02-03,Metz,2.0,3
2026-02-14,Metz,2.0,5
2026-03-01,Metz,2.0,1
"""
KANO = """app_functional,app_dysfunctional,segment
like,dislike,a
neutral,dislike,a
like,neutral,b
,neutral,b
"""
ITEMS = """q1,q2,q3,overall,cause,cost,human,machine
1,2,1,1,late,5,a,a
2,2,3,2,late,1,b,b
4,3,4,4,lost,9,b,a
5,5,4,5,late,2,a,a
3,4,2,3,rude,30,b,b
4,5,5,4,late,1,a,a
"""


@pytest.fixture
def measured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("ratings", RATINGS), ("kano", KANO), ("items", ITEMS)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    def run(*words):
        return CliRunner().invoke(app, ["measure", *words])

    return run


def rows_of(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_nps_by_shop_as_json(measured):
    rows = rows_of(measured("nps", "ratings.csv", "--by", "shop", "--format", "json"))
    assert [(row["shop"], row["value"], row["n"]) for row in rows] == [
        ("Lille", -100.0, 2),
        ("Metz", -100.0, 3),
    ]


def test_nps_as_a_table(measured):
    result = measured("nps", "ratings.csv")
    assert result.stdout.splitlines()[0].split() == [
        "value",
        "low",
        "high",
        "n",
        "confidence",
        "method",
    ]


def test_nps_weighted_for_silence(measured):
    words = ["--stratum", "shop", "--population", "Lille=50", "--population", "Metz=50"]
    (row,) = rows_of(measured("nps", "ratings.csv", *words, "--format", "json"))
    assert row["value"] == -100.0
    assert "effective" in row["method"]


def test_scores_by_month(measured):
    words = ["--at", "at", "--every", "M", "--format", "json"]
    rows = rows_of(measured("csat", "ratings.csv", *words))
    assert [(row["period"], row["value"]) for row in rows] == [
        ("2026-01-01", 100.0),
        ("2026-02-01", 50.0),
        ("2026-03-01", 0.0),
    ]


def test_nps_trend_and_differences(measured):
    (trend,) = rows_of(measured("nps-trend", "ratings.csv", "--format", "json"))
    assert trend["n"] == 5
    assert 0 <= trend["p_value"] <= 1
    words = ["--between", "shop", "--format", "json"]
    (difference,) = rows_of(measured("nps-difference", "ratings.csv", *words))
    assert (difference["first"], difference["second"], difference["value"]) == ("Lille", "Metz", 0)


def test_nps_sample_size(measured):
    (row,) = rows_of(measured("nps-sample-size", "5", "--format", "json"))
    assert row["people_to_ask"] == 1537


def test_effort_needs_its_version(measured):
    absent = measured("ces", "ratings.csv")
    assert (absent.exit_code, "instrument_version" in absent.stderr) == (1, True)
    unknown = measured("ces", "ratings.csv", "--version", "3.0")
    assert (unknown.exit_code, "UnknownEffortVersion" in unknown.stderr) == (1, True)
    (row,) = rows_of(
        measured("ces", "ratings.csv", "--version-column", "version", "--format", "json")
    )
    assert row["value"] == pytest.approx(3.6)
    (given,) = rows_of(measured("ces", "ratings.csv", "--version", "2.0", "--format", "json"))
    assert given["value"] == row["value"]


def test_kano_of_answers_in_words(measured):
    words = ["--answers", "like|must|neutral|live|dislike", "--format", "json"]
    (row,) = rows_of(measured("kano", "kano.csv", *words))
    assert [row[letter] for letter in "MOAIRQ"] == [1, 1, 1, 0, 0, 0]
    assert row["certainty"] is None
    by_segment = rows_of(measured("kano", "kano.csv", *words, "--segment", "segment"))
    assert [(row["segment"], row["A"]) for row in by_segment] == [("a", 0), ("b", 1)]
    refused = measured("kano", "kano.csv", "--answers", "yes|2|3|4|5")
    assert "'like'" in refused.stderr


def test_reliability_of_items(measured):
    words = ["--item", "q1", "--item", "q2", "--item", "q3", "--format", "json"]
    rows = rows_of(measured("reliability", "items.csv", *words))
    assert [row["figure"] for row in rows] == ["alpha", "omega", "item q1", "item q2", "item q3"]
    assert rows[0]["value"] > 0.8


def test_drivers_and_their_map(measured, tmp_path):
    words = ["--outcome", "overall", "--driver", "q1", "--driver", "q2", "--resamples", "50"]
    picture = tmp_path / "drivers.json"
    result = measured("drivers", "items.csv", *words, "--format", "json", "--picture", str(picture))
    assert {row["driver"] for row in rows_of(result)} == {"q1", "q2"}
    assert "R2 = " in result.stderr
    assert json.loads(picture.read_text(encoding="utf-8"))["$schema"].startswith("https://vega")
    words = ["--outcome", "overall", "--attribute", "q2", "--attribute", "q3"]
    rows = rows_of(measured("importance-performance", "items.csv", *words, "--format", "json"))
    assert {row["attribute"] for row in rows} == {"q2", "q3"}


def test_pareto_by_cost(measured, tmp_path):
    words = ["--cost", "cost", "--by", "cost", "--format", "json"]
    rows = rows_of(measured("pareto", "items.csv", *words, "--picture", str(tmp_path / "p.svg")))
    assert [row["cause"] for row in rows] == ["rude", "late", "lost"]
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")


def test_agreement_of_two_coders(measured):
    words = ["--coder", "human", "--coder", "machine", "--format", "json"]
    (cohen,) = rows_of(measured("agreement", "items.csv", *words))
    assert cohen["value"] == pytest.approx(2 / 3)
    words = [*words, "--coefficient", "krippendorff"]
    (alpha,) = rows_of(measured("agreement", "items.csv", *words))
    assert alpha["n"] == 6


def test_an_instrument_described_in_a_file(measured, tmp_path):
    items = [{"name": name, "facet": "quality"} for name in ("q1", "q2", "q3")]
    described = {"name": "service", "version": "1", "low": 1, "high": 5, "items": items}
    (tmp_path / "service.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    (row,) = rows_of(measured("instrument", "items.csv", "service.yaml", "--format", "json"))
    assert (row["facet"], row["n"], row["left_out"]) == ("quality", 6, 0)


def test_refusals_are_one_line_and_a_failure(measured):
    refused = measured("csat", "ratings.csv", "--points", "3")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("RatingOutOfScale: 3 answers")
    assert refused.stdout == ""
    absent = measured("nps", "ratings.csv", "--by", "region")
    assert absent.exit_code == 1
    assert "region" in absent.stderr
