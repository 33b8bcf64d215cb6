import csv
import json
import mailbox
from datetime import date

import openpyxl
import pytest

from entregent.adapters.demo_firm import generate_firm, write_exports


@pytest.fixture(scope="module")
def small():
    return generate_firm(seed=11, customers=250, today=date(2026, 11, 1))


@pytest.fixture(scope="module")
def exported(small, tmp_path_factory):
    return write_exports(small, tmp_path_factory.mktemp("exports"))


def test_the_customer_file_is_old_fashioned_french(small, exported):
    text = exported["crm"].read_bytes().decode("cp1252")
    lines = list(csv.DictReader(text.splitlines(), delimiter=";"))
    numbered = [
        row for row in small.tables["identities"].to_pylist() if row["scheme"] == "crm:societaire"
    ]
    assert len(lines) == len(numbered)
    assert all(line["Téléphone"] == "" or line["Téléphone"][0] == "0" for line in lines)


def test_every_movement_of_money_is_in_the_workbook(small, exported):
    sheet = openpyxl.load_workbook(exported["premiums"], read_only=True)["Mouvements"]
    amounts = [row[5] for row in sheet.iter_rows(min_row=2, values_only=True)]
    expected = [float(amount) for amount in small.tables["transactions"]["amount"].to_pylist()]
    assert amounts == expected


def test_every_case_is_a_ticket_with_its_words(small, exported):
    tickets = json.loads(exported["helpdesk"].read_text(encoding="utf-8"))["tickets"]
    assert [ticket["id"] for ticket in tickets] == small.tables["cases"]["case_id"].to_pylist()
    words = sum(len(ticket["comments"]) for ticket in tickets)
    expected = [
        row
        for row in small.tables["interactions"].to_pylist()
        if row["case_id"] is not None and row["text"]
    ]
    assert words == len(expected) > 20


def test_the_mailbox_holds_the_customers_mails(small, exported):
    box = mailbox.mbox(exported["mailbox"], create=False)
    writers = {
        row["customer_id"]
        for row in small.tables["identities"].to_pylist()
        if row["scheme"] == "email"
    }
    mails = [
        row
        for row in small.tables["interactions"].to_pylist()
        if row["channel"] == "email"
        and row["direction"] == "in"
        and row["text"]
        and row["customer_id"] in writers
    ]
    assert len(box) == len(mails) > 50
    assert all(".example" in message["From"] for message in box)
    box.close()


def test_calls_keep_their_waits(small, exported):
    with exported["telephony"].open(encoding="utf-8", newline="") as file:
        calls = list(csv.DictReader(file))
    kept = [row for row in small.tables["interactions"].to_pylist() if row["channel"] == "phone"]
    assert len(calls) == len(kept)
    for call, row in zip(calls, kept, strict=True):
        assert (call["answered_at"] == "") == bool(row["abandoned"])
        if call["answered_at"]:
            waited = int(call["answered_at"]) - int(call["started_at"])
            assert waited == int(row["wait_seconds"] or 0)


def test_the_survey_file_has_a_few_wrong_rows_and_a_torn_end(small, exported):
    text = exported["surveys"].read_text(encoding="utf-8-sig")
    assert text.endswith('"12/0')
    asked = {
        row["response_id"]
        for row in small.tables["answers"].to_pylist()
        if row["instrument"] == "nps"
    }
    rows = list(csv.DictReader(text.splitlines()[:-1]))
    right = {row["response_id"] for row in rows if not row["response_id"].startswith("nps-9")}
    assert right <= asked
    assert any(row["response_id"].startswith("nps-9") for row in rows)


def test_reviews_carry_their_stars(exported):
    reviews = json.loads(exported["reviews"].read_text(encoding="utf-8"))
    assert reviews
    assert all(review["stars"] in {1, 2, 3, 4, 5} for review in reviews)
