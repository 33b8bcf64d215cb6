"""Service, journeys and the chain at a shell prompt."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from entregent.cli.main import app

CALLS = """wait_seconds,abandoned,team
5,false,a
45,false,a
10,true,b
8,false,b
"""
CASES = """case_id,opened_at,acknowledged_at,resolved_at,closed_at,cause,reopened
1,2026-03-02T08:00:00Z,2026-03-02T09:00:00Z,2026-03-03T08:00:00Z,2026-03-04T08:00:00Z,late,0
2,2026-03-02T08:00:00Z,2026-03-02T10:00:00Z,2026-03-02T20:00:00Z,2026-03-02T20:00:00Z,late,1
3,2026-03-02T08:00:00Z,,,,lost,0
"""
EVENTS = """case_id,customer_id,activity,at,channel,amount
1,1,ask,2026-03-02T08:00:00Z,email,0
1,1,ask,2026-03-02T09:00:00Z,phone,0
1,1,buy,2026-03-02T10:00:00Z,web,20
2,2,ask,2026-03-02T08:00:00Z,email,0
"""
MODEL = """
constructs:
  Trust: [t1, t2]
  Loyalty: {items: [l1, l2], mode: A}
paths: [[Trust, Loyalty]]
"""


@pytest.fixture
def measured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(4).normal(size=(5, 40))
    columns = {
        "t1": draw[0] + draw[1],
        "t2": draw[0] + draw[2],
        "l1": draw[0] + draw[3],
        "l2": draw[0],
    }
    lines = [",".join([*columns, "shop"])]
    for place, row in enumerate(zip(*columns.values(), strict=True)):
        lines.append(",".join([*(f"{5 + value:.3f}" for value in row), "ab"[place % 2]]))
    texts = {"calls.csv": CALLS, "cases.csv": CASES, "events.csv": EVENTS, "model.yaml": MODEL}
    for name, text in (texts | {"survey.csv": "\n".join(lines) + "\n"}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(*words):
        return CliRunner().invoke(app, ["measure", *map(str, words)])

    return run


def rows_of(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def as_json(measured, *words):
    return rows_of(measured(*words, "--format", "json"))


def test_service_level_by_team_and_by_convention(measured, tmp_path):
    rows = as_json(measured, "service-level", "calls.csv", "--by", "team", "--picture", "p.svg")
    assert [(row["team"], row["percent"], row["n"]) for row in rows] == [("a", 50, 2), ("b", 50, 2)]
    assert "<svg" in (tmp_path / "p.svg").read_text()
    short = as_json(measured, "service-level", "calls.csv", "--abandoned", "met_when_short")
    assert short[0]["percent"] == 75


def test_staffing_and_its_cost(measured):
    line = ("--calls-per-hour", 200, "--handle-seconds", 180)
    needed = as_json(measured, "staffing", *line, "--shrinkage", 0.3)[0]
    assert (needed["agents"], needed["scheduled"]) == (14, 20)
    curve = as_json(measured, "staffing-costs", *line, "--agent-hour", 25, "--waiting-hour", 60)
    assert [row["agents"] for row in curve if row["cheapest"]] == [14]


def test_a_refusal_is_one_line_and_a_failure(measured):
    refused = measured("staffing", "--calls-per-hour", 0, "--handle-seconds", 180)
    assert refused.exit_code == 1
    assert "BrokenLine: the calls per hour of a line is above zero" in refused.output


def test_complaints_as_of_an_instant(measured):
    rows = as_json(
        measured, "complaints", "cases.csv", "--as-of", "2026-03-10", "--close-hours", 24
    )
    close = next(row for row in rows if row["step"] == "close")
    assert (close["opened"], close["open"], close["late"]) == (3, 1, 1)
    assert close["percent_kept"] == pytest.approx(100 / 3)
    rates = as_json(measured, "complaint-rates", "cases.csv", "--exposure", 1000)
    assert [(row["cause"], row["rate"]) for row in rates] == [("late", 2), ("lost", 1)]


def test_journeys_and_their_variants_loops_switches_and_drop_off(measured, tmp_path):
    flows = as_json(measured, "journeys", "events.csv", "--picture", "map.json")
    assert {(row["source"], row["target"]): row["n"] for row in flows} == {
        ("ask", "ask"): 1,
        ("ask", "buy"): 1,
    }
    assert json.loads((tmp_path / "map.json").read_text())["layer"]
    assert as_json(measured, "variants", "events.csv")[0]["variant"] in {"ask", "ask → ask → buy"}
    assert as_json(measured, "loops", "events.csv")[0]["repeats"] == 1
    assert len(as_json(measured, "channel-switches", "events.csv")) == 2
    ended = ("--completed", "buy", "--as-of", "2026-06-01", "--quiet-days", 30)
    assert as_json(measured, "drop-off", "events.csv", *ended)[0]["dropped"] == 1
    table = as_json(measured, "customer-table", "events.csv", "--as-of", "2026-06-01")
    assert (table[0]["customer_id"], table[0]["bought"]) == (1, 20)


def test_the_chain_with_a_model_of_ones_own(measured, tmp_path):
    own = ("survey.csv", "--model", "model.yaml")
    result = measured("chain", *own, "--samples", 200, "--format", "json", "--picture", "c.svg")
    rows = json.loads(result.stdout)
    assert [(row["figure"], row["to"]) for row in rows] == [
        ("path", "Loyalty"),
        ("total effect", "Loyalty"),
        ("R²", "Loyalty"),
    ]
    assert rows[0]["low"] < rows[0]["value"] < rows[0]["high"]
    assert "doubt:" in result.stderr
    assert "<svg" in (tmp_path / "c.svg").read_text()
    assert as_json(measured, "chain-reliability", *own)[0]["with"] == "Loyalty"
    goal = ("--target", "Loyalty", "--lowest", 0, "--highest", 10)
    assert as_json(measured, "chain-priorities", *own, *goal)[0]["construct"] == "Trust"
    assert len(as_json(measured, "chain-prediction", *own, "--folds", 4)) == 2
    groups = measured(
        "chain-groups", *own, "--group", "shop", "--permutations", 50, "--format", "json"
    )
    assert {"a", "b", "p_value"} <= json.loads(groups.stdout)[0].keys()


def test_the_chain_refuses_an_unsound_model_when_asked_and_an_unknown_one_always(measured):
    own = ("survey.csv", "--model", "model.yaml", "--samples", 50)
    assert measured("chain", *own, "--strict").exit_code == 1
    unknown = measured("chain", "survey.csv", "--model", "love")
    assert "neither ecsi nor relational nor a file" in unknown.output
    assert "MissingColumns" in measured("chain", "survey.csv").output
    assert "MissingColumns" in measured("chain-groups", *own[:3], "--group", "town").output
