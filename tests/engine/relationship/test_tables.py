"""What is read from evidence tables: exact on cases by hand, and the same on two engines."""

import os
from datetime import UTC, date, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.engine.relationship.evidence import AT, small_firm, table

from entregent.engine.change.talk import talk_features
from entregent.engine.evidence import DERIVED, FAMILIES, conform
from entregent.engine.relationship.actions import Limits, contactable, promise_days_left
from entregent.engine.relationship.features import BEHAVIOUR, behaviour_features
from entregent.engine.relationship.life_cycle import stage_words
from entregent.engine.relationship.profiling import customer_table, profile_batches
from entregent.engine.relationship.replies import latest_choice, latest_replies
from entregent.engine.relationship.treatment import TREATMENT, treatment_features
from entregent.engine.relationship.words import (
    Listening,
    family_evidence,
    text_shares,
    word_features,
)

DAY = timedelta(days=1)


def memory(**tables):
    return {name: ibis.memtable(table(name, rows)) for name, rows in tables.items()}


def only_row(expression):
    (row,) = expression.to_pyarrow().to_pylist()
    return row


ALONE = [{"customer_id": 1, "name": "Alix Martin", "since": date(2024, 6, 1)}]


class TestBehaviour:
    def test_a_customer_of_whom_nothing_is_known(self):
        row = only_row(behaviour_features(memory(customers=[{"customer_id": 1}]), AT))
        assert list(row) == ["customer_id", *BEHAVIOUR]
        assert row["purchases"] == 0
        assert row["tenure_days"] == 0
        assert row["revenue"] == 0
        assert row["lateness"] is None
        assert row["phone_share"] is None

    def test_purchases_by_hand(self):
        bought = [
            {
                "transaction_id": i,
                "customer_id": 1,
                "at": AT - days * DAY,
                "amount": amount,
                "kind": kind,
                "product": product,
            }
            for i, (days, amount, kind, product) in enumerate(
                [
                    (500, 10, "purchase", "a"),
                    (300, 12, "purchase", "a"),
                    (100, 8, "purchase", "b"),
                    (50, -8, "refund", "b"),
                    (40, -90, "claim", "c"),
                    (30, -5, "gift", "c"),
                    (20, 6, "fee", "c"),
                ]
            )
        ]
        row = only_row(behaviour_features(memory(customers=ALONE, transactions=bought), AT))
        assert (row["purchases"], row["purchases_last_year"], row["purchases_year_before"]) == (
            3,
            2,
            1,
        )
        assert row["revenue"] == 28
        assert row["refunds"] == 1
        assert row["products"] == 2
        assert row["days_since_last_purchase"] == 100
        assert row["typical_gap_days"] == 200
        assert row["lateness"] == 0.5
        assert row["tenure_days"] == 730
        assert row["price_rises"] == 1

    def test_the_lines_of_one_basket_are_one_purchase(self):
        lines = [
            {
                "transaction_id": i,
                "customer_id": 1,
                "at": AT - 10 * DAY,
                "amount": 5,
                "product": str(i),
            }
            for i in range(30)
        ]
        row = only_row(behaviour_features(memory(customers=ALONE, transactions=lines), AT))
        assert (row["purchases"], row["products"]) == (1, 30)
        assert row["lateness"] is None

    def test_a_price_rise_followed_by_a_contact_is_a_reaction(self):
        premiums = [
            {
                "transaction_id": i,
                "customer_id": 1,
                "at": AT - days * DAY,
                "amount": amount,
                "kind": "premium",
                "product": "car",
            }
            for i, (days, amount) in enumerate([(400, 100), (200, 110), (30, 112)])
        ]
        call = [
            {
                "interaction_id": 1,
                "customer_id": 1,
                "at": AT - 170 * DAY,
                "direction": "in",
                "channel": "phone",
            }
        ]
        row = only_row(
            behaviour_features(
                memory(customers=ALONE, transactions=premiums, interactions=call), AT
            )
        )
        assert (row["price_rises"], row["contacts_after_rise"]) == (1, 1)

    @pytest.mark.parametrize("unnamed", ["", None])
    def test_amounts_of_products_without_a_name_are_no_price_rise(self, unnamed):
        bought = [
            {"transaction_id": i, "customer_id": 1, "at": AT - days * DAY, "amount": amount, "product": unnamed}
            for i, (days, amount) in enumerate([(300, 10), (100, 90)])
        ]  # fmt: skip
        row = only_row(behaviour_features(memory(customers=ALONE, transactions=bought), AT))
        assert row["price_rises"] == 0

    def test_what_is_dated_after_today_is_counted_apart(self):
        later = [
            {"interaction_id": 1, "customer_id": 1, "at": AT + DAY, "direction": "in"},
            {
                "interaction_id": 2,
                "customer_id": 1,
                "at": datetime(2399, 1, 1, tzinfo=UTC),
                "direction": "in",
            },
        ]
        row = only_row(behaviour_features(memory(customers=ALONE, interactions=later), AT))
        assert row["future_events"] == 2
        assert row["contacts_in"] == 0

    def test_a_relationship_that_begins_in_the_future_has_no_tenure(self):
        row = only_row(
            behaviour_features(
                memory(customers=[{"customer_id": 1, "since": date(2400, 1, 1)}]), AT
            )
        )
        assert row["tenure_days"] == 0

    def test_hours_are_those_of_the_customers_clock(self):
        monday_18_30_utc = datetime(2026, 5, 18, 18, 30, tzinfo=UTC)
        call = [{"interaction_id": 1, "customer_id": 1, "at": monday_18_30_utc, "direction": "in"}]
        shares = [
            only_row(
                behaviour_features(
                    memory(customers=ALONE, interactions=call), AT, utc_offset_hours=h
                )
            )["out_of_hours_share"]
            for h in (0, 1)
        ]
        assert shares == [0.0, 1.0]

    def test_saturday_is_out_of_hours_and_friday_noon_is_not(self):
        for day, share in ((22, 0.0), (23, 1.0), (24, 1.0), (25, 0.0)):
            call = [
                {
                    "interaction_id": 1,
                    "customer_id": 1,
                    "at": datetime(2026, 5, day, 11, tzinfo=UTC),
                    "direction": "in",
                }
            ]
            assert (
                only_row(behaviour_features(memory(customers=ALONE, interactions=call), AT))[
                    "out_of_hours_share"
                ]
                == share
            )

    def test_what_binds_and_what_was_promised(self):
        made = [
            {
                "agreement_id": 1,
                "customer_id": 1,
                "kind": "contract",
                "from": date(2025, 1, 1),
                "until": date(2026, 6, 11),
            },
            {
                "agreement_id": 2,
                "customer_id": 1,
                "kind": "contract",
                "from": date(2020, 1, 1),
                "until": date(2021, 1, 1),
            },
            {"agreement_id": 3, "customer_id": 1, "kind": "promise", "from": None, "kept": False},
            {"agreement_id": 4, "customer_id": 1, "kind": "promise", "from": None, "kept": None},
            {"agreement_id": 5, "customer_id": 1, "kind": "exit_fee", "from": None, "until": None},
        ]
        row = only_row(behaviour_features(memory(customers=ALONE, agreements=made), AT))
        assert (row["contracts_in_force"], row["contracts_ended"], row["exit_fees_in_force"]) == (
            1,
            1,
            1,
        )
        assert row["contract_days_left"] == 10
        assert (row["promises_kept"], row["promises_broken"]) == (0, 1)


class TestWords:
    def segments(self, *rows):
        return memory(
            coded_segments=[
                {"interaction_id": 1, "position": i, "customer_id": 1, "coder": "t", "at": AT} | row
                for i, row in enumerate(rows)
            ]
        )["coded_segments"]

    def test_balances_by_hand(self):
        said = self.segments(
            {"sentiment": "+", "sentiment_confidence": 0.9, "trust": "C+", "trust_confidence": 0.5},
            {"sentiment": "-", "sentiment_confidence": 0.3, "trust": "H-", "trust_confidence": 0.5},
            {"sentiment": None, "justice": "PI", "justice_confidence": 0.8},
        )
        row = only_row(word_features(said, AT))
        assert row["sentiment_balance"] == pytest.approx(0.5)
        assert row["sentiment_spoken"] == pytest.approx(1.2)
        assert row["trust_balance"] == pytest.approx(0)
        assert row["credibility_balance"] == pytest.approx(1)
        assert row["integrity_balance"] == pytest.approx(-1)
        assert row["benevolence_balance"] is None
        assert row["procedural_share"] == pytest.approx(0.5)
        assert row["movement_balance"] is None

    def test_a_year_later_words_weigh_half(self):
        said = self.segments({"sentiment": "+", "at": AT - 365 * DAY}, {"sentiment": "-"})
        row = only_row(word_features(said, AT))
        assert row["sentiment_balance"] == pytest.approx((0.5 - 1) / 1.5)

    def test_words_of_tomorrow_are_not_heard(self):
        assert (
            word_features(self.segments({"sentiment": "+", "at": AT + DAY}), AT).count().execute()
            == 0
        )

    def test_a_customer_with_one_word_has_little_weight(self):
        row = only_row(
            word_features(self.segments({"sentiment": "+", "sentiment_confidence": 0.4}), AT)
        )
        assert row["sentiment_spoken"] == pytest.approx(0.4)

    def test_family_evidence_from_a_label_and_from_probabilities_agree(self):
        label = {
            "interaction_id": 1,
            "customer_id": 1,
            "at": AT,
            "coder": "t",
            "relationship": "friend",
            "relationship_confidence": 0.82,
        }
        spread = {f"p_{family}": 0.82 if family == "friend" else 0.02 for family in FAMILIES}
        rows = [
            only_row(family_evidence(memory(coded_texts=[row])["coded_texts"], AT))
            for row in (label, label | spread)
        ]
        assert rows[0] == pytest.approx(rows[1])
        assert rows[0]["texts"] == pytest.approx(0.98)
        likelier = (0.82 / 0.98 + 0.01) / (1 / 9 + 0.01)
        assert rows[0]["ratio_friend"] == pytest.approx(np.log(0.98 * likelier + 0.02))
        assert rows[0]["ratio_captive"] < 0

    def test_words_said_in_public_speak_of_the_bond_and_requests_hardly(self):
        said = [
            {"interaction_id": i, "customer_id": i, "at": AT, "direction": "in", "channel": channel}
            for i, channel in enumerate(["review", "email"])
        ]
        spread = {f"p_{family}": 0.9 if family == "betrayed" else 0.0 for family in FAMILIES}
        texts = [
            {"interaction_id": i, "customer_id": i, "at": AT, "coder": "t"} | spread
            for i in range(2)
        ]
        made = memory(interactions=said, coded_texts=texts)
        equal = dict.fromkeys([f for f in FAMILIES if f != "none"], 0.1)
        listening = Listening(reach=0.2, public_reach=0.9, public_shares=equal)
        told = family_evidence(
            made["coded_texts"], AT, listening, interactions=made["interactions"]
        ).to_pyarrow()
        by_customer = {row["customer_id"]: row for row in told.to_pylist()}
        likelier = 0.91 / 0.11
        assert by_customer[0]["ratio_betrayed"] == pytest.approx(np.log(0.9 * likelier + 0.1))
        assert by_customer[1]["ratio_betrayed"] == pytest.approx(np.log(0.2 * likelier + 0.8))

    def test_a_text_never_rules_a_family_out_beyond_the_chance_that_it_speaks_of_something_else(
        self,
    ):
        certain = {f"p_{family}": 1.0 if family == "friend" else 0.0 for family in FAMILIES}
        text = {"interaction_id": 1, "customer_id": 1, "at": AT, "coder": "t"} | certain
        listening = Listening(reach=0.3)
        row = only_row(family_evidence(memory(coded_texts=[text])["coded_texts"], AT, listening))
        assert np.log(0.7) < row["ratio_captive"] < np.log(0.75)

    def test_a_text_that_tells_nothing_says_nothing(self):
        silent = {
            "interaction_id": 1,
            "customer_id": 1,
            "at": AT,
            "coder": "t",
            "relationship": None,
        }
        row = only_row(family_evidence(memory(coded_texts=[silent])["coded_texts"], AT))
        assert row["texts"] == 0
        assert row["ratio_friend"] == 0

    def test_the_average_text_of_a_firm_says_nothing_against_its_own_shares(self):
        def text(key, friend, days=0):
            spread = {f"p_{family}": (1 - friend) / 9 for family in FAMILIES}
            return {"customer_id": key, "at": AT - days * DAY, "coder": "t"} | spread | {"p_friend": friend}  # fmt: skip

        rows = [text(1, 0.1), text(2, 0.3), text(3, 0.2), text(4, 0.9, days=-1)]
        texts = memory(coded_texts=rows)["coded_texts"]
        shares = text_shares(texts, AT, needed=3)
        assert shares["friend"] == pytest.approx(0.2 / (1 - 0.8 / 9))
        assert sum(shares.values()) == pytest.approx(1)
        assert "none" not in shares
        told = family_evidence(texts, AT, shares=shares).to_pyarrow().to_pylist()
        by_customer = {row["customer_id"]: row["ratio_friend"] for row in told}
        assert by_customer[3] == pytest.approx(0, abs=1e-9)
        assert by_customer[1] < 0 < by_customer[2]

    def test_public_words_are_no_part_of_what_an_average_text_says(self):
        def text(key, friend):
            spread = {f"p_{family}": (1 - friend) / 8 for family in FAMILIES if family != "none"}
            return {"interaction_id": key, "customer_id": key, "at": AT, "coder": "t", "p_none": 0.0} | spread | {"p_friend": friend}  # fmt: skip

        said = [
            {"interaction_id": i, "customer_id": i, "at": AT, "direction": "in", "channel": channel}
            for i, channel in enumerate(["social", "chat", "chat"])
        ]
        made = memory(
            interactions=said, coded_texts=[text(i, p) for i, p in enumerate([0.9, 0.2, 0.4])]
        )
        shares = text_shares(made["coded_texts"], AT, interactions=made["interactions"], needed=2)
        assert shares["friend"] == pytest.approx(0.3)
        assert (
            text_shares(made["coded_texts"], AT, interactions=made["interactions"], needed=3) == {}
        )

    def test_too_few_texts_give_no_shares(self):
        row = {"customer_id": 1, "at": AT, "coder": "t", "p_none": 0.1}
        assert text_shares(memory(coded_texts=[row])["coded_texts"], AT) == {}


class TestReplies:
    def answers(self, *rows):
        return memory(
            answers=[
                {"customer_id": 1, "response_id": f"r{i}", "at": AT - DAY} | row
                for i, row in enumerate(rows)
            ]
        )["answers"]

    def test_the_latest_answer_counts(self):
        asked = self.answers(
            {"instrument": "relationship", "item": "valence", "value": 2, "at": AT - 9 * DAY},
            {"instrument": "relationship", "item": "valence", "value": 6},
            {"instrument": "relationship", "item": "valence", "value": 1, "at": AT + DAY},
        )
        assert (
            only_row(latest_replies(asked, AT, [("relationship", "valence")]))[
                "relationship.valence"
            ]
            == 6
        )

    def test_any_item_of_an_instrument_may_be_read(self):
        asked = self.answers({"instrument": "nps", "item": "recommend", "value": 9})
        assert only_row(latest_replies(asked, AT, [("nps", None)]))["nps"] == 9

    def test_the_firms_own_item_stands_in_only_where_ours_was_not_asked(self):
        own = {"relationship.valence": (("relation", "liking"),)}
        theirs = {"instrument": "relation", "item": "liking", "value": 3}
        ours = {"instrument": "relationship", "item": "valence", "value": 5}
        for rows, value in (((theirs,), 3), ((theirs, ours), 5)):
            row = only_row(
                latest_replies(self.answers(*rows), AT, [("relationship", "valence")], read_as=own)
            )
            assert row["relationship.valence"] == value

    def test_the_latest_metaphor_counts(self):
        asked = self.answers(
            {
                "instrument": "relationship",
                "item": "metaphor",
                "text": "Copains",
                "at": AT - 2 * DAY,
            },
            {"instrument": "relationship", "item": "metaphor", "text": "Ex"},
        )
        assert only_row(latest_choice(asked, AT, [("relationship", "metaphor")]))["choice"] == "Ex"


class TestTreatment:
    def test_what_the_firm_sent_by_hand(self):
        sent = [
            {
                "interaction_id": 1,
                "customer_id": 1,
                "at": AT - 100 * DAY,
                "direction": "in",
                "channel": "email",
                "text": "où en est mon dossier",
            },
            {
                "interaction_id": 2,
                "customer_id": 1,
                "at": AT - 99 * DAY,
                "direction": "out",
                "channel": "email",
                "agent_id": "x",
                "text": "Bonjour ALIX, RÉDUCTION de fin d'année",
            },
            {
                "interaction_id": 3,
                "customer_id": 1,
                "at": AT - 50 * DAY,
                "direction": "out",
                "channel": "email",
                "agent_id": "x",
                "text": "Madame, cordialement",
            },
            {
                "interaction_id": 4,
                "customer_id": 1,
                "at": AT - 500 * DAY,
                "direction": "out",
                "channel": "email",
                "text": "coucou",
            },
        ]
        row = only_row(treatment_features(memory(customers=ALONE, interactions=sent), AT))
        assert list(row) == ["customer_id", *TREATMENT]
        assert row["contacts_out_per_year"] == 2
        assert row["offers_per_year"] == 1
        assert (row["formal_share"], row["personal_share"], row["named_share"]) == (0.5, 0.0, 0.5)
        assert row["reply_hours"] == pytest.approx(24 + 1 / 60)
        assert row["usual_agent_share"] == 1

    def test_a_customer_met_yesterday_is_not_blown_up_to_a_year(self):
        sent = [
            {
                "interaction_id": 1,
                "customer_id": 1,
                "at": AT - DAY,
                "direction": "out",
                "text": "bonjour",
            }
        ]
        row = only_row(treatment_features(memory(customers=ALONE, interactions=sent), AT))
        assert row["contacts_out_per_year"] == pytest.approx(365 / 30)

    @pytest.mark.parametrize("nobody", ["", None])
    def test_contacts_without_an_agent_are_not_with_the_usual_one(self, nobody):
        met = [
            {"interaction_id": i, "customer_id": 1, "at": AT - i * DAY, "direction": "in", "agent_id": nobody}
            for i in range(1, 4)
        ]  # fmt: skip
        evidence = memory(customers=ALONE, interactions=met)
        row = only_row(treatment_features(evidence, AT))
        assert (row["usual_agent_share"], row["agent_contacts"]) == (None, 0)
        assert only_row(behaviour_features(evidence, AT))["known_agent_share"] is None

    def test_a_firm_of_which_no_word_is_known_is_not_one_that_never_writes(self):
        heard = [
            {"interaction_id": 1, "customer_id": 1, "at": AT - 9 * DAY, "direction": "in", "text": "Bonjour"}
        ]  # fmt: skip
        row = only_row(treatment_features(memory(customers=ALONE, interactions=heard), AT))
        assert row["contacts_out_per_year"] is None
        assert row["offers_per_year"] is None


class TestContacting:
    def refusals(self, interactions, purposes=("marketing",)):
        consents = [
            {"customer_id": 1, "purpose": "marketing", "given_at": AT - 90 * DAY},
            {
                "customer_id": 2,
                "purpose": "marketing",
                "given_at": AT - 90 * DAY,
                "withdrawn_at": AT - DAY,
            },
        ]
        made = memory(
            customers=[{"customer_id": i} for i in (1, 2, 3)],
            consents=consents,
            interactions=interactions,
        )
        table = contactable(
            made["customers"],
            made["consents"],
            made["interactions"],
            at=AT,
            limits=Limits(2, 7),
            purposes=purposes,
        )
        return {row["customer_id"]: row["refusal"] for row in table.to_pyarrow().to_pylist()}

    def test_no_consent_no_contact(self):
        assert self.refusals([]) == {1: None, 2: "no_consent", 3: "no_consent"}

    def test_answering_the_customer_needs_no_consent(self):
        assert self.refusals([], purposes=()) == {1: None, 2: None, 3: None}

    def test_an_answer_that_is_owed_is_held_back_by_no_limit(self):
        out = [
            {"interaction_id": i, "customer_id": 1, "at": AT - i * DAY, "direction": "out"}
            for i in (1, 2, 3)
        ]
        assert self.refusals(out, purposes=())[1] is None

    def test_any_of_several_consents_allows_a_contact(self):
        assert self.refusals([], purposes=("calls", "marketing"))[1] is None

    def test_limits_hold_beside_the_consent(self):
        out = [
            {"interaction_id": i, "customer_id": 1, "at": AT - d * DAY, "direction": "out"}
            for i, d in enumerate((20, 25))
        ]
        assert self.refusals(out)[1] == "too_many"
        assert self.refusals([out[0] | {"at": AT - 3 * DAY}])[1] == "too_soon"


def test_the_next_promise_due_counts_the_days_left():
    promised = [
        {"customer_id": 1, "kind": "promise", "until": (AT + 3 * DAY).date()},
        {"customer_id": 1, "kind": "promise", "until": (AT + 9 * DAY).date()},
        {"customer_id": 2, "kind": "promise", "until": (AT - 2 * DAY).date()},
        {"customer_id": 3, "kind": "promise", "until": (AT + DAY).date(), "kept": True},
        {"customer_id": 4, "kind": "promise", "until": None},
        {"customer_id": 5, "kind": "contract", "until": (AT + DAY).date()},
    ]
    made = memory(
        customers=[{"customer_id": i} for i in range(1, 6)],
        agreements=[{"agreement_id": i} | row for i, row in enumerate(promised)],
    )
    rows = promise_days_left(made["agreements"], AT).to_pyarrow().to_pylist()
    assert {row["customer_id"]: row["promise_days_left"] for row in rows} == {1: 3.0, 2: -2.0}


def expressions(evidence, model):
    segments, texts, answers = (evidence[n] for n in ("coded_segments", "coded_texts", "answers"))
    return {
        "behaviour": behaviour_features(evidence, AT),
        "treatment": treatment_features(evidence, AT),
        "words": word_features(segments, AT),
        "families": family_evidence(texts, AT, interactions=evidence["interactions"]),
        "stages": stage_words(texts, AT),
        "talk": talk_features(segments, AT, "online"),
        "replies": latest_replies(answers, AT, model.items, read_as=model.read_as),
        "contactable": contactable(
            evidence["customers"],
            evidence["consents"],
            evidence["interactions"],
            at=AT,
            limits=Limits(2, 7),
            purposes=["marketing"],
        ),
    }


# Ibis calls DuckDB by an older name of its own.
@pytest.mark.filterwarnings("ignore:fetch_record_batch")
def test_profiles_come_in_batches_of_the_contract(profiling):
    evidence = {name: ibis.memtable(t) for name, t in small_firm().items()}
    wide = customer_table(evidence, AT, profiling)
    batches = list(profile_batches(wide, profiling, at=AT, rows=15))
    whole = pa.Table.from_batches(batches)
    assert whole.num_rows == 40
    conformed = conform(ibis.memtable(whole), DERIVED["profiles"]).to_pyarrow()
    assert conformed.column_names == whole.column_names
    again = pa.Table.from_batches(list(profile_batches(wide, profiling, at=AT)))
    ours, theirs = ({row["customer_id"]: row for row in t.to_pylist()} for t in (whole, again))
    for customer, row in ours.items():
        for column, value in row.items():
            # Sums of floats may be added in another order by another run.
            expected = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            assert theirs[customer][column] == expected, (customer, column)


# Ibis calls DuckDB by an older name of its own.
@pytest.mark.filterwarnings("ignore:fetch_record_batch")
def test_customers_without_anything_are_profiled_and_abstain(profiling):
    evidence = memory(
        customers=[{"customer_id": 1}, {"customer_id": 2}],
        answers=[],
        coded_texts=[],
        coded_segments=[],
        interactions=[],
    )
    wide = customer_table(evidence, AT, profiling)
    (batch,) = profile_batches(wide, profiling, at=AT)
    rows = batch.to_pylist()
    assert [row["abstains"] for row in rows] == [True, True]
    assert rows[0]["trust"] is None
    assert rows[0]["stage"] == "awareness"


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore:The copy keyword is deprecated")
@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")
def test_duckdb_and_spark_read_the_same(tmp_path, profiling, spark):
    tables = small_firm()
    duck = expressions({name: ibis.memtable(t) for name, t in tables.items()}, profiling)
    for name, made in tables.items():
        pq.write_table(made, tmp_path / f"{name}.parquet")
    there = {
        name: spark.read_parquet(str(tmp_path / f"{name}.parquet"), table_name=f"small_{name}")
        for name in tables
    }
    for name, expression in expressions(there, profiling).items():
        ours, theirs = (_rows(e) for e in (duck[name], expression))
        assert ours.keys() == theirs.keys(), name
        for customer, row in ours.items():
            for column, value in row.items():
                other = theirs[customer][column]
                same = (
                    other == value
                    if value is None or isinstance(value, str)
                    else other == pytest.approx(value, rel=1e-9)
                )
                assert same, (name, customer, column, value, other)


def _rows(expression):
    return {row["customer_id"]: row for row in expression.to_pyarrow().to_pylist()}


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason="the extra entregent[spark] is not installed")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    running = sql.SparkSession.getActiveSession()
    session = running or (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.memory", "768m")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    yield ibis.pyspark.connect(session)
    # There is one Spark per process: whoever started it stops it.
    if running is None:
        session.stop()
