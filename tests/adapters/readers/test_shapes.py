"""The exports we know: each sample is recognised, mapped, and says what it should."""

from pathlib import Path

import pytest

from entregent.adapters.intake.mapping import is_role
from entregent.adapters.readers import open_reading
from entregent.adapters.readers.shapes import SHAPES, recognised

SAMPLES = Path(__file__).parents[3] / "src/entregent/adapters/readers/samples"


def cells(sample):
    reading = open_reading(SAMPLES / sample)
    return reading, next(iter(reading.batches())).cells


def by_role(reading, found, role):
    (column,) = reading.mapping.role_columns(role)
    return found[column]


@pytest.mark.parametrize(
    ("shape", "sample"), [(shape, sample) for shape in SHAPES for sample in shape.samples]
)
def test_each_sample_is_told_by_its_columns_and_read_whole(shape, sample):
    reading = open_reading(SAMPLES / sample)

    assert reading.shape == shape.code
    for batch in reading.batches(2):
        assert batch.unreadable == []
        assert set(reading.mapping.columns) <= set(batch.cells)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.code)
def test_every_role_that_a_shape_gives_exists(shape):
    given = {role for roles in shape.columns.values() for role in roles}
    given |= set(shape.constants) | set(shape.values) | set(shape.units)

    assert {role for role in given if not is_role(role)} == set()
    assert set(shape.columns) == {column.casefold() for column in shape.columns}


def test_a_shape_is_told_in_any_case_and_among_other_columns():
    columns = ("Région", "NUMBER", "Incident_State", "sys_updated_at", "opened_at", "caller_id")

    shape = recognised(columns, "csv")

    assert shape is not None
    assert shape.code == "servicenow_incident"


def test_qualtrics_has_three_header_rows_and_the_wording_of_its_questions():
    reading, found = cells("qualtrics.csv")

    assert found["ResponseId"] == ["R_2xKp3mQ8vLd0aB1", "R_1gT7zWnE5rHc9Uf", "R_3jD6yVbN2sXk4Mo"]
    assert reading.labels["Q2"] == "Quelle est la raison principale de votre note ?"
    assert by_role(reading, found, "answer.nps.recommend") == ["9", "4", "7"]
    assert reading.mapping.scales == {"nps.recommend": (0, 10)}
    assert next(iter(reading.batches())).numbers == [5, 6, 7]


def test_surveymonkey_names_the_columns_of_a_question_by_its_two_header_rows():
    reading, found = cells("surveymonkey.csv")

    assert "Which services do you use? — Home insurance" in reading.columns
    assert by_role(reading, found, "answer.ces.effort") == ["6", "2"]
    assert reading.mapping.day_first is False


def test_limesurvey_takes_the_day_of_a_half_filled_form_from_its_last_save():
    reading, found = cells("limesurvey.csv")

    assert reading.mapping.role_columns("at") == ["submitdate", "datestamp"]
    assert found["submitdate"][2] == ""
    assert found["datestamp"][2] == "2026-02-12 08:16:12"


def test_typeform_times_are_in_utc():
    reading, found = cells("typeform.csv")

    assert reading.mapping.timezone == "UTC"
    assert by_role(reading, found, "identity.email")[0] == "claire.robin@exemple.fr"


def test_formbricks_answers_of_one_form_share_its_key():
    reading, found = cells("formbricks.csv")

    assert by_role(reading, found, "answer.nps.recommend") == ["8", "", "10", ""]
    assert by_role(reading, found, "response.key") == ["clx81k0p2"] * 2 + ["clx82m7q9"] * 2


def test_zendesk_gives_one_row_per_message_with_who_speaks():
    reading, found = cells("zendesk.json")

    assert by_role(reading, found, "interaction.direction") == ["in", "internal", "out", "in", "in"]
    assert by_role(reading, found, "interaction.agent_id") == ["", "7700012", "7700012", "", ""]
    assert by_role(reading, found, "case.key") == ["48211"] * 4 + ["48219"]
    assert by_role(reading, found, "interaction.key")[-1] == "48219-1"
    assert by_role(reading, found, "answer.csat.ticket") == ["good", "", "", "", "unoffered"]
    assert reading.mapping.values["answer.csat.ticket"]["unoffered"] == ""
    assert found["custom_fields.36001"] == ["Santé"] * 4 + ["Auto"]


def test_the_ticket_list_of_zendesk_is_marked_unverified():
    reading, _ = cells("zendesk_tickets.csv")

    assert "shape_unverified" in {notice.code for notice in reading.notices}


def test_intercom_begins_with_its_source_and_goes_on_with_its_parts():
    reading, found = cells("intercom.json")

    assert by_role(reading, found, "interaction.direction") == [
        "in", "out", "internal", "in", "internal",
    ]  # fmt: skip
    assert by_role(reading, found, "interaction.text")[1] == (
        "Bonjour Claire,\nil vaut pour une première commande seulement. Je vous en crée un autre."
    )
    assert by_role(reading, found, "answer.csat.conversation") == ["4", "", "", "", ""]
    assert by_role(reading, found, "identity.email") == ["claire.robin@exemple.fr"] * 5


def test_genesys_keeps_the_conversation_in_the_key_of_each_phrase():
    reading, found = cells("genesys_transcript.json")

    assert by_role(reading, found, "interaction.direction") == ["out", "in", "in"]
    assert len(set(by_role(reading, found, "interaction.key"))) == 3


def test_aircall_tells_when_a_call_began_was_answered_and_ended():
    reading, found = cells("aircall.json")

    assert by_role(reading, found, "interaction.answered_at") == ["1772438412", "", "1772439021"]
    assert by_role(reading, found, "interaction.activity") == ["", "short_abandoned", ""]
    assert reading.mapping.constants["interaction.activity"] == "call"


def test_five9_knows_the_customer_by_the_other_end_of_the_line():
    reading, found = cells("five9.csv")

    assert by_role(reading, found, "identity.phone") == ["0639981234", "0261910007", "0261910007"]


def test_google_play_reports_are_in_utf_16():
    reading, found = cells("google_play.csv")

    assert by_role(reading, found, "answer.csat.rating") == ["1", "5", "4"]
    assert reading.mapping.scales == {"csat.rating": (1, 5)}


def test_online_retail_takes_an_invoice_that_begins_with_c_as_a_refund():
    reading, found = cells("online_retail.csv")

    assert by_role(reading, found, "transaction.kind") == [
        "purchase", "purchase", "refund", "purchase",
    ]  # fmt: skip
    assert by_role(reading, found, "identity.key") == ["17850"] * 3 + [""]
    assert (reading.mapping.currency, reading.mapping.timezone) == ("GBP", "Europe/London")


def test_the_files_of_olist_share_their_keys():
    spaces = {
        open_reading(path).mapping.key_space
        for path in SAMPLES.iterdir()
        if path.name.startswith("olist")
    }
    payments, found = cells("olist_order_payments.csv")

    assert spaces == {"olist"}
    assert by_role(payments, found, "identity.interaction_key") == ["e481f51c"] * 2
    assert by_role(payments, found, "transaction.key") == ["e481f51c-1", "e481f51c-2"]


def test_servicenow_marks_of_ignorance_are_no_values():
    reading, found = cells("servicenow_incidents.csv")

    assert by_role(reading, found, "interaction.agent_id")[0] == "?"
    assert reading.mapping.values["interaction.agent_id"] == {"?": ""}
    assert reading.mapping.values["case.status"]["awaiting user info"] == "pending"


def test_nps_verbatims_keep_the_stage_with_the_score_and_the_words():
    reading, found = cells("nps_verbatims.csv")

    assert by_role(reading, found, "answer_text.nps.stage")[1] == "First Payment"
    assert by_role(reading, found, "answer.nps.recommend") == ["9", "2", ""]
    assert reading.mapping.day_first is True


def test_insurance_reviews_keep_the_insurer_and_the_rating():
    reading, found = cells("avis_assurance.csv")

    assert by_role(reading, found, "attribute.insurer")[2] == "Mutuelle du Phare"
    assert by_role(reading, found, "answer.csat.overall") == ["1", "5", ""]
    assert reading.mapping.scales == {"csat.overall": (1, 5)}
