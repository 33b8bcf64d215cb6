"""Change: published vectors, hand arithmetic, properties, and all that is refused."""

import csv
import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from entregent.engine.change.ambivalence import (
    gradual_threshold_ambivalence,
    griffin_ambivalence,
    kaplan_ambivalence,
)
from entregent.engine.change.balance import (
    Cell,
    Item,
    balance_by_group,
    strong_and_weak_principle,
    weigh,
    what_would_tip,
)
from entregent.engine.change.declared import Beneficiary, DeclaredChange, EvocationRefused, Mode
from entregent.engine.change.guidance import Used, followed_by_change_talk
from entregent.engine.change.modes import fitting_mode
from entregent.engine.change.staging import (
    STAGES,
    UNKNOWN,
    Windows,
    stage_by_instrument,
    stage_from_behaviour,
    stage_from_talk,
    stage_together,
    windows_for_cycle,
)
from entregent.engine.change.talk import Utterance, change_share, measure_talk, talk_features
from entregent.engine.errors import (
    BrokenContract,
    LengthsDiffer,
    NoRatings,
    NotFinite,
    TooFewRespondents,
)
from entregent.engine.estimates import Abstention

SHARED = Path(os.environ.get("ENTREGENT_SHARED", Path(__file__).resolve().parents[4] / "shared"))
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
amounts = st.lists(st.floats(0, 100), min_size=1, max_size=20)


def vectors(name):
    path = SHARED / "domain/vectors.json"
    if not path.exists():
        pytest.skip("the test vectors are not beside the repository")
    return json.loads(path.read_text())[name]


class TestAmbivalence:
    @pytest.mark.real_data
    def test_published_vectors(self):
        for positive, negative, expected in vectors("ambivalence")["rows"]:
            assert griffin_ambivalence([positive], [negative]).tolist() == [expected]

    def test_vectors_by_hand(self):
        assert griffin_ambivalence([3, 3, 2, 1, 4], [3, 0, 1, 1, 2]).tolist() == [
            3,
            -1.5,
            0.5,
            1,
            1,
        ]

    @given(amounts)
    def test_both_sides_are_alike(self, values):
        p, n = np.array(values), np.array(values[::-1])
        for measure in (griffin_ambivalence, kaplan_ambivalence, gradual_threshold_ambivalence):
            assert measure(p, n) == pytest.approx(measure(n, p))

    @given(amounts, st.sampled_from([0.25, 2, 8]))
    def test_griffin_and_kaplan_scale_with_their_unit(self, values, factor):
        p, n = np.array(values), np.array(values[::-1])
        for measure in (griffin_ambivalence, kaplan_ambivalence):
            assert measure(factor * p, factor * n) == pytest.approx(factor * measure(p, n))

    @given(st.floats(0, 50), st.floats(0, 50), st.floats(0.1, 5))
    def test_more_on_the_weaker_side_is_never_less_torn(self, weaker, more, step):
        stronger = weaker + more + step
        for measure in (griffin_ambivalence, kaplan_ambivalence, gradual_threshold_ambivalence):
            assert (
                measure([weaker + step], [stronger])[0] >= measure([weaker], [stronger])[0] - 1e-9
            )

    def test_past_a_threshold_the_stronger_side_hardly_matters(self):
        few = np.ptp(gradual_threshold_ambivalence([0, 0], [1, 9]))
        many = np.ptp(gradual_threshold_ambivalence([5, 5], [6, 14]))
        assert many < few / 10

    @pytest.mark.parametrize(
        ("positive", "negative", "refusal"),
        [
            ([1, 2], [1], LengthsDiffer),
            ([-1], [1], BrokenContract),
            ([np.nan], [1], NotFinite),
            ([np.inf], [1], NotFinite),
        ],
    )
    def test_what_is_no_amount_is_refused(self, positive, negative, refusal):
        for measure in (griffin_ambivalence, kaplan_ambivalence, gradual_threshold_ambivalence):
            with pytest.raises(refusal):
                measure(positive, negative)


class TestStaging:
    @pytest.mark.real_data
    def test_published_vectors(self):
        days = {"30d": 30.0, "6m": 180.0, "none": np.nan, "-": np.nan}
        for behaviour, intention, attempts, stage in vectors("staging")["rows"]:
            doing = behaviour.startswith("quit")
            since = {"quit<=6m": 180.0, "quit>6m": 181.0}.get(behaviour, np.nan)
            tried = 1.0 if attempts in {"quit24h>=1", "any"} else 0.0
            found = stage_by_instrument(
                np.array([doing]), np.array([since]), np.array([days[intention]]), np.array([tried])
            )
            assert STAGES[found[0]] == stage

    def test_windows_scale_with_the_purchase_cycle(self):
        assert windows_for_cycle(180) == Windows(30, 180)
        assert windows_for_cycle(360) == Windows(60, 360)
        assert windows_for_cycle(6) == Windows(7, 14)
        with pytest.raises(BrokenContract):
            windows_for_cycle(0)
        with pytest.raises(BrokenContract):
            Windows(30, 30)

    def test_doing_without_a_date_is_unknown(self):
        found = stage_by_instrument(
            np.array([True]), np.array([np.nan]), np.array([np.nan]), np.array([np.nan])
        )
        assert found.tolist() == [UNKNOWN]

    def test_negative_days_are_refused(self):
        with pytest.raises(BrokenContract):
            stage_by_instrument(
                np.array([True]), np.array([-1.0]), np.array([0.0]), np.array([0.0])
            )
        with pytest.raises(BrokenContract):
            stage_by_instrument(np.array([True]), np.zeros(2), np.zeros(1), np.zeros(1))

    def test_from_talk(self):
        preparatory = np.array([0, 2.0, 1, 0, 0, 0])
        mobilising = np.array([0, 0, 1.0, 1, 2, 0])
        sustain = np.array([0, 1.0, 1, 0, 0, 2])
        step = np.array([np.nan, np.nan, np.nan, 10.0, 400, np.nan])
        found = stage_from_talk(preparatory, mobilising, sustain, step, Windows(30, 180))
        assert [None if s == UNKNOWN else STAGES[s] for s in found.stage] == [
            None,
            "contemplation",
            "preparation",
            "action",
            "maintenance",
            "precontemplation",
        ]
        assert found.firm.tolist() == [False, True, False, False, True, True]

    def test_from_behaviour(self):
        nan = np.nan
        found = stage_from_behaviour(
            np.array([10.0, 400, 400, nan, nan]),
            np.array([5.0, 20, 300, nan, nan]),
            np.array([0.0, 0, 0, 2, 0]),
            Windows(30, 180),
        )
        assert found.tolist() == [3, 4, 0, 2, UNKNOWN]

    def test_deeds_come_before_answers_and_answers_before_words(self):
        stage, against = stage_together(
            np.array([0, 1, -1, -1]), np.array([3, -1, -1, -1]), np.array([1, 3, 2, -1])
        )
        assert stage.tolist() == [3, 1, 2, -1]
        assert against.tolist() == [True, True, False, False]


class TestTalk:
    @pytest.mark.real_data
    def test_share_of_change_talk_of_annomi(self):
        counts = vectors("annomi")["by_quality"]
        for quality, share in vectors("annomi")["pct_change_talk"].items():
            found = change_share(counts[quality]["change"], counts[quality]["sustain"])
            assert round(found.value, 4) == share

    @pytest.mark.real_data
    def test_counts_of_annomi_sessions(self):
        path = SHARED / "data/annomi/AnnoMI-simple.csv.gz"
        if not path.exists():
            pytest.skip("AnnoMI is not beside the repository")
        sessions = {}
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                if row["interlocutor"] == "client":
                    said = Utterance(float(row["utterance_id"]), row["client_talk_type"])
                    sessions.setdefault((row["mi_quality"], row["transcript_id"]), []).append(said)
        assert len(sessions) == 133
        assert sum(len(said) for said in sessions.values()) == 4817
        late = {"high": [], "low": []}
        for (quality, _), said in sessions.items():
            last = measure_talk(said).last_third
            if not isinstance(last, Abstention):
                late[quality].append(last.value)
        assert np.mean(late["high"]) > np.mean(late["low"])

    def test_counts_and_interval_by_hand(self):
        said = [
            Utterance(i, talk)
            for i, talk in enumerate(
                ["sustain", "neutral", "change", "change", "neutral", "change"]
            )
        ]
        talk = measure_talk(said)
        assert (talk.change, talk.sustain) == (3, 1)
        assert talk.both
        assert talk.share.value == 0.75
        assert (talk.share.low, talk.share.high) == pytest.approx(
            tuple(beta.ppf([0.025, 0.975], 3.5, 1.5))
        )
        assert talk.last_third.value == 1.0
        assert talk.slope.value > 0

    def test_slope_matches_a_plain_regression(self):
        talks = ["sustain", "sustain", "neutral", "change", "sustain", "change", "change"]
        talk = measure_talk([Utterance(i, t) for i, t in enumerate(talks)])
        score = [{"change": 1, "sustain": -1}.get(t, 0) for t in talks]
        assert talk.slope.value == pytest.approx(np.polyfit(np.linspace(0, 1, 7), score, 1)[0])

    def test_the_first_commitment_is_found_in_order_of_time(self):
        said = [
            Utterance(9, "change", "commitment"),
            Utterance(2, "change", "reasons"),
            Utterance(4, "sustain", "commitment"),
        ]
        talk = measure_talk(said)
        assert (talk.first_commitment, talk.first_commitment_rank) == (9, 2)
        assert talk.by_kind["sustain", "commitment"] == 1

    def test_no_words_and_one_word(self):
        nothing = measure_talk([])
        assert isinstance(nothing.share, Abstention)
        assert isinstance(nothing.slope, Abstention)
        assert nothing.first_commitment is None
        one = measure_talk([Utterance(0, "change", confidence=0.4)])
        assert one.share.value == 1
        assert one.share.low < 0.3
        assert isinstance(one.slope, Abstention)

    def test_an_unsure_coder_weighs_less(self):
        talk = measure_talk([Utterance(0, "change", confidence=0.2), Utterance(1, "sustain")])
        assert talk.share.value == pytest.approx(0.2 / 1.2)

    def test_other_codes_are_refused(self):
        with pytest.raises(BrokenContract):
            measure_talk([Utterance(0, "perhaps")])
        with pytest.raises(BrokenContract):
            measure_talk([Utterance(0, "change", confidence=1.2)])
        with pytest.raises(BrokenContract):
            change_share(-1, 0)

    @given(st.lists(st.sampled_from(["change", "sustain", "neutral"]), max_size=30))
    def test_shares_and_slopes_stay_in_range(self, talks):
        talk = measure_talk([Utterance(i, t) for i, t in enumerate(talks)])
        if not isinstance(talk.share, Abstention):
            assert 0 <= talk.share.low <= talk.share.value <= talk.share.high <= 1
        if not isinstance(talk.slope, Abstention):
            assert -2 <= talk.slope.low <= talk.slope.value <= talk.slope.high <= 2

    def test_a_customers_talk_from_the_table(self):
        rows = [
            ("change", "reasons", 40),
            ("sustain", "desire", 30),
            ("change", "taking_steps", 5),
            ("change", "taking_steps", -5),
        ]
        at = datetime(2026, 6, 1, tzinfo=UTC)
        table = ibis.memtable(
            {
                "interaction_id": [1, 2, 3, 4],
                "position": [0] * 4,
                "customer_id": [7] * 4,
                "at": [at - timedelta(days=d) for _, _, d in rows],
                "talk": [t for t, _, _ in rows],
                "talk_kind": [k for _, k, _ in rows],
                "target": ["online"] * 4,
                "coder": ["t"] * 4,
            }
        )
        (row,) = talk_features(table, at, "online").to_pyarrow().to_pylist()
        assert (row["change"], row["sustain"], row["steps"], row["last_step_days"]) == (2, 1, 1, 5)
        assert (row["early_change"], row["late_change"]) == (1, 1)
        assert talk_features(table, at, "leaving").count().execute() == 0


class TestBalance:
    ITEMS = (
        Item("plus rapide", Cell.CHANGE_FOR, 8),
        Item("attendre au téléphone", Cell.KEEP_AGAINST, 4),
        Item("parler à quelqu’un", Cell.KEEP_FOR, 9),
        Item("les mots de passe", Cell.CHANGE_AGAINST, 7, external=True),
    )

    def test_four_cells_by_hand(self):
        scales = weigh(self.ITEMS)
        assert (scales.for_change, scales.for_keeping) == (12, 16)
        assert scales.balance == pytest.approx(-4 / 28)
        assert scales.ambivalence == pytest.approx((6 + 8) / 2 - 2)

    def test_what_would_tip_it_really_does(self):
        tips = what_would_tip(self.ITEMS)
        assert [tip.item for tip in tips] == [1, 2, 3]
        for tip in tips:
            items = list(self.ITEMS)
            item = items[tip.item]
            items[tip.item] = Item(item.text, item.cell, tip.weight)
            assert weigh(items).balance == pytest.approx(0)

    def test_scales_that_are_level_or_empty(self):
        assert isinstance(weigh([]), Abstention)
        assert isinstance(weigh([Item("rien", Cell.KEEP_FOR, 0)]), Abstention)
        assert what_would_tip([]) == []
        level = [Item("a", Cell.KEEP_FOR, 5), Item("b", Cell.CHANGE_FOR, 5)]
        assert what_would_tip(level) == []

    def test_a_weight_off_the_scale_is_refused(self):
        with pytest.raises(BrokenContract):
            Item("x", Cell.KEEP_FOR, 11)

    @given(
        st.lists(st.tuples(st.sampled_from(list(Cell)), st.floats(0, 10)), min_size=1, max_size=12)
    )
    def test_turning_every_cell_over_turns_the_balance_over(self, drawn):
        other = {
            Cell.KEEP_FOR: Cell.CHANGE_FOR,
            Cell.CHANGE_FOR: Cell.KEEP_FOR,
            Cell.KEEP_AGAINST: Cell.CHANGE_AGAINST,
            Cell.CHANGE_AGAINST: Cell.KEEP_AGAINST,
        }
        straight = weigh([Item("x", cell, weight) for cell, weight in drawn])
        turned = weigh([Item("x", other[cell], weight) for cell, weight in drawn])
        if isinstance(straight, Abstention):
            assert isinstance(turned, Abstention)
        else:
            assert turned.balance == pytest.approx(-straight.balance)
            assert -1 <= straight.balance <= 1
            assert turned.ambivalence == pytest.approx(straight.ambivalence)

    def test_segments_stand_side_by_side(self):
        change = np.array([3.0] * 12 + [1] * 12 + [0, 2])
        keep = np.array([1.0] * 12 + [3] * 12 + [0, 1])
        groups = ["young"] * 12 + ["old"] * 12 + ["new", "new"]
        rows = {row.name: row for row in balance_by_group(change, keep, groups)}
        assert rows["young"].balance.value == 0.5
        assert rows["old"].balance.value == -0.5
        assert rows["old"].torn.value == 1
        assert rows["new"].balance == Abstention("too few customers spoke of it", 1, 10)

    def test_nobody_who_spoke_is_refused(self):
        with pytest.raises(TooFewRespondents):
            balance_by_group(np.zeros(2), np.zeros(2), ["a", "a"])
        with pytest.raises(BrokenContract):
            balance_by_group(np.array([-1.0]), np.zeros(1), ["a"])
        with pytest.raises(BrokenContract):
            balance_by_group(np.ones(1), np.ones(2), ["a"])

    def test_strong_and_weak_principle_on_customers_made_to_follow_it(self):
        rng = np.random.default_rng(3)
        stage = np.repeat([0, 3], 3000)
        pros = rng.normal(size=6000) + np.where(stage == 3, 1.0, 0)
        cons = rng.normal(size=6000) - np.where(stage == 3, 0.56, 0)
        found = strong_and_weak_principle(pros, cons, stage)
        within = 1 / np.sqrt(1.25), 1 / np.sqrt(1 + 0.56**2 / 4)
        assert found.rise_of_pros.value == pytest.approx(10 * within[0], abs=0.4)
        assert found.fall_of_cons.value == pytest.approx(-5.6 * within[1], abs=0.4)
        assert found.transposition

    def test_without_customers_at_both_stages_the_principle_abstains(self):
        found = strong_and_weak_principle(np.arange(20.0), np.arange(20.0), np.zeros(20))
        assert isinstance(found.rise_of_pros, Abstention)
        with pytest.raises(TooFewRespondents):
            strong_and_weak_principle(np.ones(3), np.ones(3), np.full(3, -1))
        with pytest.raises(BrokenContract):
            strong_and_weak_principle(np.ones(30), np.arange(30.0), np.zeros(30))


class TestModes:
    def test_evocation_is_refused_when_the_firm_alone_gains(self):
        with pytest.raises(EvocationRefused) as refused:
            DeclaredChange("payer plus", Beneficiary.FIRM, Mode.EVOCATION, SINCE, 365)
        assert refused.value.change == "payer plus"
        assert (
            DeclaredChange("payer plus", Beneficiary.FIRM, Mode.NEUTRAL, SINCE, 365).mode
            is Mode.NEUTRAL
        )

    def test_a_change_needs_a_name_and_a_cycle(self):
        with pytest.raises(BrokenContract):
            DeclaredChange(" ", Beneficiary.BOTH, Mode.NEUTRAL, SINCE, 30)
        for cycle in (0, -3, float("nan")):
            with pytest.raises(BrokenContract):
                DeclaredChange("x", Beneficiary.BOTH, Mode.NEUTRAL, SINCE, cycle)

    @pytest.mark.parametrize(
        ("beneficiary", "decided", "ambivalent", "mode"),
        [
            (Beneficiary.CUSTOMER, False, True, Mode.EVOCATION),
            (Beneficiary.BOTH, False, True, Mode.EVOCATION),
            (Beneficiary.CUSTOMER, True, True, Mode.NEUTRAL),
            (Beneficiary.CUSTOMER, False, False, Mode.NEUTRAL),
            (Beneficiary.FIRM, False, True, Mode.NEUTRAL),
        ],
    )
    def test_which_mode_fits(self, beneficiary, decided, ambivalent, mode):
        fitting = fitting_mode(beneficiary, decided=decided, ambivalent=ambivalent)
        assert fitting.mode is mode
        assert fitting.evocation_open is (beneficiary is not Beneficiary.FIRM)
        assert fitting.reasons

    def test_a_firm_that_should_stay_out_stays_neutral(self):
        fitting = fitting_mode(
            Beneficiary.BOTH, decided=False, ambivalent=True, firm_should_stay_neutral=True
        )
        assert fitting.mode is Mode.NEUTRAL


class TestGuidance:
    def test_what_tended_to_be_followed_by_change_talk(self):
        uses = [Used("q1", "change")] * 18 + [Used("q1", "sustain")] * 2
        uses += (
            [Used("q2", "sustain")] * 18
            + [Used("q2", "change")] * 2
            + [Used("q3", "change")] * 3
            + [Used("q3", "neutral")]
        )
        rows = {row.piece: row for row in followed_by_change_talk(uses)}
        assert rows["q1"].share.value == 0.9
        assert rows["q1"].differs
        assert rows["q2"].differs
        assert rows["q1"].usual.value == pytest.approx(23 / 43)
        assert rows["q3"].share == Abstention("used too few times", 3, 10)
        assert rows["q3"].uses == 4

    def test_nothing_telling_is_refused(self):
        with pytest.raises(NoRatings):
            followed_by_change_talk([Used("q1", "neutral")])
        with pytest.raises(BrokenContract):
            followed_by_change_talk([Used("q1", "loud")])
