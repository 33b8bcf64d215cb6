"""What is inferred of each customer, and that people's word stands."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import numpy as np
import pytest
from django.db import connection
from tests.web.factories import answered, customer, days_ago, said

from entregent.engine.relationship.treatment import TREATMENTS
from entregent.web.audit.models import Entry
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.evidence.coded_words import code_new_words
from entregent.web.evidence.models import Answer, Case, Customer, Interaction, Transaction
from entregent.web.evidence.snapshot import evidence
from entregent.web.relationships import actions, queries
from entregent.web.relationships.catalogue import relationships, starting_model
from entregent.web.relationships.measures.footing import footing_of, standing_on
from entregent.web.relationships.measures.quotes import quotes
from entregent.web.relationships.measures.weighing import (
    Piece,
    kinds_believed,
    weighed,
    worth_asking,
)
from entregent.web.relationships.models import Overruling, Profile

FUTURE_PROOF = "best_friend"


@pytest.fixture
def one(profiles):
    """A customer whose treatment is known, and who is not said to be a best friend already."""
    return profiles.exclude(kind=FUTURE_PROOF).filter(closeness__isnull=False).first()


def _overrule(profile, by, kind=FUTURE_PROOF):
    return actions.overrule_kind(
        customer=profile.customer, kind=kind, reason="Il me l’a dit en ces termes.", by=by
    )


def test_every_customer_has_one_profile(profiles, firm):
    assert profiles.count() == Customer.objects.filter(merged_into=None).count() == 150
    assert firm.reckoning.customers == 150
    assert firm.reckoning.finished_at is not None
    assert set(profiles.values_list("reckoning", flat=True)) == {firm.reckoning.pk}


def test_probabilities_are_probabilities(profiles):
    for profile in profiles:
        assert sum(profile.families) == pytest.approx(1, abs=1e-3)
        assert profile.family_probability == pytest.approx(max(profile.families), abs=1e-4)
        assert (
            1
            >= profile.kind_probability
            >= profile.second_probability
            >= profile.third_probability
            >= 0
        )
        assert len(profile.wanted) == len(profile.given) == len(TREATMENTS)
        assert 0 <= profile.off <= 1


def test_a_kind_is_shown_only_above_the_level(profiles):
    level = starting_model("insurance").kinds.level
    for profile in profiles:
        assert profile.abstains == (profile.pieces == 0 or profile.kind_probability < level)
        assert profile.shown_kind == ("" if profile.abstains else profile.kind)


def test_plain_use_is_the_majority(firm):
    functional = {key for key, family in relationships().families.items() if family.functional}
    sizes = {row["id"]: row["customers"]["value"] for row in firm.reckoning.figures["families"]}
    assert sum(sizes.values()) == pytest.approx(150, abs=0.1)
    assert sum(sizes[key] for key in functional) > 75


def test_the_kind_of_one_customer_is_found_again_from_what_is_kept(profiles):
    """The panel weighs what the profile keeps: it must believe what the batch believed."""
    model = actions.standing_model(profiles[0].reckoning)
    for profile in profiles[:40]:
        believed = model.kinds.space.by_family(kinds_believed(profile, model))
        assert believed == pytest.approx(np.array(profile.families), abs=2e-3)


def test_evidence_ranks_the_family_as_the_posterior_does(profiles):
    profile = profiles.order_by("-pieces").first()
    model = actions.standing_model(profile.reckoning)
    pieces = weighed(profile, model, profile.family)
    assert pieces
    assert [abs(p.weight) for p in pieces] == sorted((abs(p.weight) for p in pieces), reverse=True)
    assert {piece.name for piece in pieces} - {"metaphor", "family"} <= {
        signal.name for signal in model.kinds.signals.signals
    }


def test_what_was_asked_is_not_asked_again(profiles):
    asked = profiles.filter(known__has_key="metaphor_choice").first()
    model = actions.standing_model(asked.reckoning)
    assert "metaphor" not in [name for name, _bits in worth_asking(asked, model)]
    silent = profiles.exclude(known__has_key="metaphor_choice").first()
    assert worth_asking(silent, model)[0][0] == "metaphor"


def test_a_footing_put_back_is_the_footing_kept(firm, db):
    model = starting_model("insurance")
    standing = standing_on(model, firm.reckoning.footing)
    assert footing_of(standing) == firm.reckoning.footing
    assert standing_on(model, {}) is model


class TestOneCustomer:
    def test_is_inferred_again_as_with_everybody(self, profiles):
        for before in profiles[:3]:
            after = actions.refresh_profile(before.pk)
            # As of today instead of the last day of evidence, so years and rhythms moved a little.
            assert after.families == pytest.approx(before.families, abs=0.12)
            assert after.reckoning == before.reckoning

    def test_an_answer_moves_the_inference_at_once(self, profiles):
        profile = profiles.filter(family="exchange").exclude(known__has_key="nps").first()
        answered(
            profile.customer, text="Amour-haine", instrument="relation", item="metaphor", value=None
        )
        answered(profile.customer, 0, instrument="nps", item="recommend")
        after = actions.refresh_profile(profile.pk)
        families = list(relationships().families)
        hurt = [families.index("betrayed"), families.index("adversary")]
        assert sum(after.families[i] for i in hurt) > 3 * sum(profile.families[i] for i in hurt)
        assert after.known["nps"] == 0
        assert after.known["metaphor_choice"] == "Amour-haine"

    def test_asks_the_store_as_often_whoever_it_is(self, profiles, django_assert_max_num_queries):
        actions.refresh_profile(profiles[0].pk)
        for profile in profiles[1:4]:
            with django_assert_max_num_queries(24):
                actions.refresh_profile(profile.pk)

    def test_a_customer_of_whom_nothing_is_known_is_an_abstention(self, firm, db):
        stranger = customer("Quelqu’un", since=None, language="")
        profile = actions.refresh_profile(stranger.pk)
        assert profile.shown_kind == ""
        assert profile.closeness is None
        assert profile.direction == 0
        assert profile.treated_as == ""

    def test_one_word_and_a_date_to_come_do_not_break_it(self, firm, db):
        person = customer("Un Mot", since=None)
        said(person, "ok", at=days_ago(-4000))
        said(person, "non", at=days_ago(1))
        assert actions.refresh_profile(person.pk).pieces > 0

    def test_nobody_is_inferred_before_a_first_reckoning(self, db):
        Profile.objects.all().delete()
        actions.Reckoning.objects.all().delete()
        assert actions.refresh_profile(customer("Nouvelle").pk) is None


REVIEW = (
    "Bonjour. Ce sont des voleurs et des menteurs, fuyez cette compagnie ! "
    "Je porte plainte pour escroquerie. Le site est bleu."
)


class TestWords:
    @pytest.fixture
    def hostile(self, firm, db):
        person = customer("Une Voix")
        said(person, REVIEW, channel="review")
        code_new_words()
        return person

    def test_a_text_said_in_public_speaks_of_the_bond_and_is_quoted(
        self, hostile, adviser, as_person
    ):
        profile = actions.refresh_profile(hostile.pk)
        assert profile.shown_family == "adversary"
        pieces = weighed(profile, actions.standing_model(profile.reckoning), "adversary")
        by_name = {piece.name: piece for piece in pieces}
        assert by_name["family"].weight == max(piece.weight for piece in pieces)
        assert by_name["family"].value == "adversary"
        assert by_name["public"].weight > 0
        told = quotes(hostile, pieces)
        [quoted] = told["texts"]
        assert quoted.words in REVIEW
        assert quoted.words not in {"Bonjour.", "Le site est bleu."}
        page = as_person(adviser).get(f"/comprendre/relations/clients/{hostile.pk}/pourquoi/").text
        assert "Ce que disent ses textes, une fois codés" in page
        assert "Le fait de l’avoir dit en public" in page

    def test_feelings_are_quoted_by_the_sentences_that_hold_them(self, hostile):
        bad = Piece("words_sentiment", "text", "sentiment_balance", -1.0, 0.4)
        told = quotes(hostile, [bad])["sentiment_balance"]
        assert told
        assert all(one.words in REVIEW for one in told)
        assert quotes(hostile, [replace(bad, value=1.0)]) == {"sentiment_balance": []}

    def test_answers_that_contradict_words_are_marked_and_neither_is_lost(self, hostile):
        answered(hostile, None, "Meilleurs amis", instrument="relation", item="metaphor")
        profile = actions.refresh_profile(hostile.pk)
        assert profile.contradicts
        model = actions.standing_model(profile.reckoning)
        names = {piece.name for piece in weighed(profile, model, "friend")}
        assert {"metaphor", "family"} <= names


class TestOverruling:
    def test_wins_and_is_kept_through_recomputation(self, one, adviser):
        _overrule(one, adviser)
        actions.reckon()
        again = Profile.objects.get(pk=one.pk)
        assert (again.shown_kind, again.shown_family) == (FUTURE_PROOF, "friend")
        assert (again.said_kind, again.kind) == (FUTURE_PROOF, one.kind)
        alone = actions.refresh_profile(one.pk)
        assert alone.shown_kind == FUTURE_PROOF

    def test_changes_what_the_customer_is_thought_to_want(self, one, adviser):
        _overrule(one, adviser)
        one.refresh_from_db()
        wished = relationships().kind(FUTURE_PROOF).treatment
        assert one.wanted[0] == pytest.approx(wished.frequency, abs=0.05)
        assert one.wanted[1] == pytest.approx(wished.tone, abs=0.05)
        now = one.closeness
        actions.reckon()
        assert Profile.objects.get(pk=one.pk).closeness == pytest.approx(now, abs=0.02)

    def test_undone_gives_back_what_was_inferred(self, one, adviser):
        before = {
            field: getattr(one, field) for field in ("shown_kind", "shown_family", "direction")
        }
        closeness = one.closeness
        _overrule(one, adviser)
        actions.undo_overruling(customer=one.customer, by=adviser)
        one.refresh_from_db()
        assert {field: getattr(one, field) for field in before} == before
        assert one.closeness == pytest.approx(closeness, abs=0.02)
        assert one.said_kind == ""

    def test_a_second_one_replaces_the_first_and_both_are_remembered(self, one, adviser, manager):
        _overrule(one, adviser)
        _overrule(one, manager, "captive")
        said = queries.overrulings_of(one.customer)
        assert [(row.kind, row.by, row.undone_by) for row in said] == [
            ("captive", manager, None), (FUTURE_PROOF, adviser, manager),
        ]  # fmt: skip
        assert queries.kinds_said() == {one.pk: "captive"}

    def test_writes_one_audit_row_that_does_not_name_the_person(self, one, adviser):
        _overrule(one, adviser)
        entry = Entry.objects.get(kind="overruling")
        assert (entry.by, entry.about, entry.facts["kind"]) == (
            adviser, f"client n° {one.pk}", FUTURE_PROOF,
        )  # fmt: skip

    def test_of_a_kind_nobody_knows_changes_nothing(self, one, adviser):
        with pytest.raises(actions.UnknownKind):
            _overrule(one, adviser, "soulmate")
        assert not Overruling.objects.exists()
        assert not Entry.objects.filter(kind="overruling").exists()
        assert Profile.objects.get(pk=one.pk).said_kind == ""

    def test_of_a_customer_without_profile_changes_nothing(self, firm, adviser):
        person = customer("Sans profil")
        with pytest.raises(actions.NothingInferred):
            actions.overrule_kind(customer=person, kind=FUTURE_PROOF, reason="je crois", by=adviser)
        assert not Overruling.objects.exists()

    def test_undoing_nothing_is_refused(self, one, adviser):
        with pytest.raises(actions.NotOverruled):
            actions.undo_overruling(customer=one.customer, by=adviser)

    def test_goes_with_the_customer_when_erased(self, one, adviser, officer):
        _overrule(one, adviser)
        erase_customer(customer=one.customer, by=officer, reason="demande")
        assert not Overruling.objects.exists()
        assert not Profile.objects.filter(pk=one.pk).exists()


def test_a_customer_merged_since_the_snapshot_keeps_no_profile(profiles):
    kept, gone = profiles[0].customer, profiles[1].customer
    Customer.objects.filter(pk=gone.pk).update(merged_into=kept)
    actions.reckon()
    assert not Profile.objects.filter(pk=gone.pk).exists()
    assert Profile.objects.filter(pk=kept.pk).exists()


def test_a_reckoning_writes_by_batches_in_a_fixed_number_of_questions(
    firm, db, django_assert_max_num_queries
):
    with evidence() as tables:
        assert tables["customers"].count().to_pyarrow().as_py() == 150
    with django_assert_max_num_queries(40):
        actions.reckon()
    assert connection.in_atomic_block


def test_only_customers_present_in_both_half_years_can_have_moved(firm, db):
    moves = firm.reckoning.figures["moves"]
    start, middle, until = (
        datetime.combine(date.fromisoformat(moves[name]), time(), UTC)
        for name in ("from", "middle", "until")
    )
    known = set(Customer.objects.exclude(since__gt=start.date()).values_list("pk", flat=True))

    def present(since, end):
        return {
            pk
            for model, moment in (
                (Interaction, "at"),
                (Transaction, "at"),
                (Answer, "at"),
                (Case, "opened_at"),
            )
            for pk in model.objects.filter(
                **{f"{moment}__gt": since, f"{moment}__lte": end}
            ).values_list("customer_id", flat=True)
        }

    both = known & present(start, middle) & present(middle, until)
    assert moves["customers"] == len(both) < len(known)
