import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

import ibis
import pytest

from entregent.adapters.demo_firm import generate_firm, write_truth
from entregent.adapters.demo_firm.bonds import habits
from entregent.engine.evidence import CONTRACTS, conform, ibis_schema

TODAY = date(2026, 11, 1)
FICTION = re.compile(r"\+33(19900|26191|35301|46571|53649|63998)\d{4}")
REAL_INSURERS = re.compile(
    r"\b(axa|maif|macif|maaf|matmut|allianz|groupama|gmf|generali|mma|mgen|harmonie|aviva|swiss ?life"
    r"|direct assurance|malakoff|ag2r|pacifica|cnp|abeille|thélem|covéa|aesio|luko|lemonade)\b",
    re.IGNORECASE,
)


def test_the_same_seed_makes_the_same_firm():
    first, again = (generate_firm(seed=3, customers=120, today=TODAY) for _ in range(2))
    assert first.fingerprint() == again.fingerprint()


def test_another_seed_makes_another_firm():
    assert (
        generate_firm(seed=3, customers=60, today=TODAY).fingerprint()
        != generate_firm(seed=4, customers=60, today=TODAY).fingerprint()
    )


@pytest.mark.parametrize("name", CONTRACTS)
def test_each_table_keeps_to_the_evidence_contract(firm, name):
    contract, table = CONTRACTS[name], firm.tables[name]
    kept = conform(ibis.memtable(table), contract)
    assert table.schema.names == [column.name for column in contract.columns]
    assert dict(kept.schema().items()) == ibis_schema(contract)
    for column in contract.required:
        assert table[column].null_count == 0, column


def test_every_row_belongs_to_a_customer(rows):
    known = {row["customer_id"] for row in rows["customers"]}
    assert len(known) == len(rows["customers"]) == 2000
    for name, table in rows.items():
        assert {row["customer_id"] for row in table} <= known, name


def test_keys_are_their_own(rows):
    for name, key in {
        "interactions": "interaction_id",
        "transactions": "transaction_id",
        "cases": "case_id",
        "agreements": "agreement_id",
    }.items():
        assert len({row[key] for row in rows[name]}) == len(rows[name])


def test_contacts_belong_to_cases_of_the_same_customer(rows):
    owner = {row["case_id"]: row["customer_id"] for row in rows["cases"]}
    linked = [row for row in rows["interactions"] if row["case_id"] is not None]
    assert len(linked) > 1500
    assert all(owner[row["case_id"]] == row["customer_id"] for row in linked)


def test_every_moment_lies_inside_the_window(firm, rows):
    paris = ZoneInfo("Europe/Paris")
    opening = datetime(2026, 11, 1, tzinfo=paris).astimezone(UTC) - timedelta(days=548, hours=1)
    closing = datetime(2026, 11, 1, tzinfo=paris).astimezone(UTC)
    for name, column in (
        ("interactions", "at"),
        ("transactions", "at"),
        ("answers", "at"),
        ("cases", "opened_at"),
        ("cases", "acknowledged_at"),
        ("cases", "resolved_at"),
        ("cases", "closed_at"),
        ("consents", "withdrawn_at"),
    ):
        moments = [row[column] for row in rows[name] if row[column] is not None]
        assert opening <= min(moments), (name, column)
        assert max(moments) < closing, (name, column)


def test_the_steps_of_a_case_follow_one_another(rows):
    for case in rows["cases"]:
        solved = case["resolved_at"] or case["opened_at"]
        assert case["opened_at"] <= solved
        assert solved <= (case["closed_at"] or solved)
        assert (case["status"] == "closed") == (case["closed_at"] is not None)


def test_a_promise_still_open_is_neither_kept_nor_broken(firm, rows):
    promises = [row for row in rows["agreements"] if row["kind"] == "promise"]
    for promise in promises:
        assert (promise["kept"] is None) == (promise["until"] >= firm.today)


def test_nobody_is_heard_of_before_the_relationship_began(rows):
    since = {row["customer_id"]: row["since"] for row in rows["customers"]}
    early = [
        row
        for row in rows["interactions"]
        if row["at"].date() < since[row["customer_id"]] - timedelta(days=1)
    ]
    assert early == []


def test_the_truth_does_not_leak_into_the_evidence(firm, rows):
    words = {kind for kind in habits() if "_" in kind}
    words |= {"relationship", "attitude", "satisfaction_latent", "programme", "mood", "stay_want"}
    words -= {"relationship"}
    told = json.dumps(rows, default=str, ensure_ascii=False)
    assert [word for word in sorted(words) if f'"{word}"' in told or f"_{word}" in told] == []
    assert [kind for kind in habits() if "_" in kind and kind in told] == []
    columns = {column.name for contract in CONTRACTS.values() for column in contract.columns}
    assert {name for table in firm.tables.values() for name in table.schema.names} <= columns


def test_the_truth_is_written_to_a_file_of_its_own(firm, tmp_path):
    write_truth(firm, tmp_path / "truth.json")
    told = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert len(told["customers"]) == 2000
    assert {row["relationship"] for row in told["customers"]} == set(habits())


def test_every_kind_of_relationship_is_there_and_most_are_functional(firm):
    kinds = Counter(row["relationship"] for row in firm.truth)
    functional = ("basic_exchange", "convenience_marriage", "acquaintance", "stranger")
    share = sum(kinds[kind] for kind in (*functional, "arranged_marriage")) / len(firm.truth)
    assert set(kinds) == set(habits())
    assert 0.55 <= share <= 0.72


def test_some_relationships_change_on_the_way(firm):
    changed = [row for row in firm.truth if len(row["relationship_path"]) > 1]
    assert 0.06 <= len(changed) / len(firm.truth) <= 0.25
    for row in firm.truth:
        days = [day for day, _ in row["relationship_path"]]
        assert days == sorted(days)
        assert row["relationship_path"][-1][1] == row["relationship"]


def test_the_wanted_and_the_given_often_part(firm):
    apart = [abs(row["wanted"]["contact"] - row["given"]["contact"]) for row in firm.truth]
    assert 0.3 <= mean(gap >= 2 for gap in apart) <= 0.7


def test_base_rates_are_those_of_a_mutual_insurer(firm, rows):
    ratings = [
        row["value"]
        for row in rows["answers"]
        if row["instrument"] == "nps" and row["item"] == "recommend"
    ]
    nps = 100 * (mean(r >= 9 for r in ratings) - mean(r <= 6 for r in ratings))
    assert 5 <= nps <= 20
    calls = [r for r in rows["interactions"] if r["channel"] == "phone" and r["direction"] == "in"]
    in_time = mean(not row["abandoned"] and row["wait_seconds"] <= 20 for row in calls)
    assert 0.63 <= in_time <= 0.75
    assert 0.06 <= mean(row["abandoned"] for row in calls) <= 0.16
    complaining = {row["customer_id"] for row in rows["cases"] if row["kind"] == "complaint"}
    assert 0.02 <= len(complaining) / 2000 / 1.5 <= 0.06
    holders = {row["customer_id"] for row in rows["agreements"] if row["kind"] == "contract"}
    left = [row for row in firm.truth if row["left_on"] is not None]
    assert 0.07 <= len(left) / len(holders) / 1.5 <= 0.12


def test_money_comes_in_and_claims_go_out(rows):
    flows = Counter()
    for row in rows["transactions"]:
        flows[row["kind"]] += row["amount"]
        assert (row["amount"] > 0) == (row["kind"] in {"premium", "fee"})
    assert 0.45 <= float(-flows["claim"] / flows["premium"]) <= 0.85


def test_revenue_is_mildly_concentrated(rows):
    paid = Counter()
    for row in rows["transactions"]:
        if row["kind"] == "premium":
            paid[row["customer_id"]] += row["amount"]
    largest = sorted(paid.values(), reverse=True)
    assert 0.38 <= float(sum(largest[: len(largest) // 5]) / sum(largest)) <= 0.6


def test_waits_are_longer_in_the_storm_week(rows):
    calls = [r for r in rows["interactions"] if r["channel"] == "phone" and r["direction"] == "in"]
    storm = [
        r["wait_seconds"] for r in calls if date(2026, 2, 8) <= r["at"].date() <= date(2026, 2, 16)
    ]
    spring = [
        r["wait_seconds"] for r in calls if date(2026, 4, 1) <= r["at"].date() <= date(2026, 5, 31)
    ]
    assert mean(storm) > 2 * mean(spring)


def test_addresses_and_numbers_reach_nobody(rows):
    for row in rows["identities"]:
        if row["scheme"] == "email":
            assert row["value"].endswith(".example")
        if row["scheme"] == "phone":
            assert FICTION.fullmatch(row["value"])


def test_no_real_insurer_is_named(rows):
    named = {
        match.group()
        for table in ("customers", "interactions", "answers", "agreements", "cases")
        for row in rows[table]
        for column in ("text", "name", "attributes", "cause")
        if (match := REAL_INSURERS.search(row.get(column) or ""))
    }
    assert named == set()


def test_households_share_and_a_few_people_stand_twice(firm, rows):
    emails = Counter(row["value"] for row in rows["identities"] if row["scheme"] == "email")
    assert sum(count > 1 for count in emails.values()) >= 20
    doubles = [row for row in firm.truth if row["same_person_as"] is not None]
    assert len(doubles) == 13
    assert {row["customer_id"] for row in doubles} == set(range(1988, 2001))


def test_a_consent_is_withdrawn_after_it_was_given(rows):
    withdrawn = [row for row in rows["consents"] if row["withdrawn_at"] is not None]
    assert len(withdrawn) > 50
    assert all(row["given_at"] < row["withdrawn_at"] for row in withdrawn)


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2030, 1, 1)])
def test_any_day_can_be_today(today):
    firm = generate_firm(customers=40, today=today)
    last = max(row["at"] for row in firm.tables["interactions"].to_pylist())
    assert timedelta(0) <= datetime(today.year, today.month, today.day, tzinfo=UTC) - last
    assert firm.changes["price"].begins < today
