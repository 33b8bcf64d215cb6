"""The inference against a known truth, source by source."""

import json
from unittest import mock

import pytest
from typer.testing import CliRunner

from entregent.cli.main import app
from entregent.web.evidence.snapshot import evidence
from entregent.web.relationships.catalogue import starting_model
from entregent.web.relationships.measures.scoring import score_families, score_gaps


@pytest.fixture
def scored(firm, db):
    truth = {row["customer_id"]: row["relationship"] for row in firm.truth}
    with evidence() as tables:
        return {
            row.source: row
            for row in score_families(tables, firm.reckoning.at, starting_model("insurance"), truth)
        }


def test_every_source_is_scored_and_those_that_are_silent_say_so(scored):
    assert list(scored) == ["all", "survey", "text", "behaviour"]
    assert scored["text"].told == 0
    assert scored["text"].among is None
    assert scored["all"].told == 150
    assert 0 < scored["survey"].told < 150


def test_all_sources_together_are_better_than_the_trade_alone(scored):
    # Without a word of text the inference is then what is usual in the trade.
    assert scored["all"].everybody.log_loss < scored["text"].everybody.log_loss
    assert scored["all"].everybody.top_3.value > 0.7


def test_stated_probabilities_are_near_what_is_true(scored):
    assert scored["all"].everybody.expected_calibration_error < 0.15


def test_gaps_are_scored_both_ways(firm, db):
    with evidence() as tables:
        nobody = score_gaps(tables, firm.reckoning.at, starting_model("insurance"), {})
    assert nobody.right == nobody.truly == 0
    assert nobody.named > 0


def test_the_command_prints_a_row_for_each_source(firm, db):
    with mock.patch("entregent.cli.relationships._django"):
        told = CliRunner().invoke(app, ["relationships", "score", "--truth", str(firm.truth_file)])
    assert told.exit_code == 0, told.output
    assert [line.split()[0] for line in told.output.splitlines()] == [
        "source", "all", "survey", "text", "behaviour", "gaps:",
    ]  # fmt: skip


def test_the_command_refuses_a_firm_whose_truth_nobody_knows(firm, db, tmp_path):
    with mock.patch("entregent.cli.relationships._django"):
        told = CliRunner().invoke(
            app, ["relationships", "score", "--truth", str(tmp_path / "none.json")]
        )
    assert told.exit_code == 1
    assert json.loads(firm.truth_file.read_text())["customers"]
