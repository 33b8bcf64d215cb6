"""Where a relationship stands: treatment, worth, life cycle, trust, attachment, actions."""

from dataclasses import replace

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, ttest_ind

from entregent.adapters.catalogue.playbooks import FIELDS
from entregent.adapters.catalogue.shelf import shipped
from entregent.engine.errors import (
    BrokenContract,
    MissingColumns,
    NotFinite,
    RatingOutOfScale,
    TooFewRespondents,
)
from entregent.engine.estimates import Abstention, Estimate
from entregent.engine.relationship.actions import (
    Condition,
    Playbook,
    compare_with_held_out,
    concerned,
    held_out,
    next_best_action,
)
from entregent.engine.relationship.attachment import (
    QUADRANTS,
    Constraint,
    Verdict,
    attachment,
    judge_constraint,
    retention_split,
)
from entregent.engine.relationship.kinds import KindPosterior
from entregent.engine.relationship.life_cycle import STAGES, stages_of_life
from entregent.engine.relationship.moves import count_transitions, shortest_path
from entregent.engine.relationship.scores import Witness, pooled_score
from entregent.engine.relationship.space import TREATMENTS
from entregent.engine.relationship.treatment import Received, treatment_gap
from entregent.engine.relationship.trust import (
    estimated_weights,
    overall_trust,
    trust_dimensions,
    trust_levels,
)
from entregent.engine.relationship.weighing import weighted_mean
from entregent.engine.relationship.worth import observed_steps, value_of_plan, worth_by_class


def certain(space, *kinds):
    rows = np.zeros((len(kinds), len(space.kinds)))
    for row, kind in zip(rows, kinds, strict=True):
        row[space.position(kind)] = 1.0
    return KindPosterior(space, rows, np.ones(len(kinds), np.int64), 0.35)


def as_wished_by(space, *kinds):
    value = np.array([space.treatments[space.position(kind)] for kind in kinds], float)
    return Received(value, np.full(value.shape, 0.3))


class TestTreatmentGap:
    def test_treated_as_a_friend_and_wanted_a_fair_exchange(self, space):
        gap = treatment_gap(certain(space, "basic_exchange"), as_wished_by(space, "best_friend"))
        assert gap.direction().tolist() == [1]
        assert gap.too_close[0] > 0.95
        assert space.families[gap.treated_as[0].argmax()] == "friend"
        assert gap.closeness[0] == pytest.approx((2 + 3 + 3) / 3)

    def test_the_reverse(self, space):
        gap = treatment_gap(certain(space, "best_friend"), as_wished_by(space, "stranger"))
        assert gap.direction().tolist() == [-1]
        assert gap.too_distant[0] > 0.95

    def test_treated_as_wished_is_no_gap(self, space):
        gap = treatment_gap(certain(space, *space.kinds), as_wished_by(space, *space.kinds))
        assert np.allclose(gap.gap, 0)
        assert not gap.direction().any()

    def test_what_is_unknown_stays_unknown(self, space):
        nothing = Received(np.full((1, 5), np.nan), np.full((1, 5), np.nan))
        gap = treatment_gap(certain(space, "buddy"), nothing)
        assert np.isnan(gap.closeness[0])
        assert gap.direction().tolist() == [0]

    def test_doubt_about_the_kind_is_in_the_doubt_of_the_gap(self, space):
        torn = certain(space, "basic_exchange")
        half = replace(torn, kinds=(torn.kinds + certain(space, "best_friend").kinds) / 2)
        sure, unsure = (
            treatment_gap(p, as_wished_by(space, "buddy")).closeness_error[0] for p in (torn, half)
        )
        assert unsure > sure

    def test_what_the_customer_said_they_want_pulls_the_wish(self, space):
        declared = np.full((1, 5), np.nan)
        declared[0, TREATMENTS.index("frequency")] = 4.0
        posterior, received = certain(space, "stranger"), as_wished_by(space, "stranger")
        told = treatment_gap(posterior, received, declared=declared).wanted[0]
        untold = treatment_gap(posterior, received).wanted[0]
        assert told[0] > untold[0] + 1
        assert told[1:] == pytest.approx(untold[1:])

    def test_treatment_of_other_customers_is_refused(self, space):
        with pytest.raises(BrokenContract):
            treatment_gap(certain(space, "buddy"), as_wished_by(space, "buddy", "buddy"))


class TestWorth:
    def test_hard_classes_give_plain_means(self):
        probabilities = np.repeat(np.eye(2), 10, axis=0)
        revenue = np.concatenate([np.full(10, 5.0), np.arange(10.0)])
        one, two = worth_by_class(probabilities, ["a", "b"], {"revenue": revenue})
        assert one.figures["revenue"].value == 5
        assert two.figures["revenue"].value == 4.5
        assert two.figures["revenue"].standard_error == pytest.approx(
            np.std(np.arange(10), ddof=1) / 10**0.5
        )
        assert one.customers.value == 10

    def test_few_customers_abstain(self):
        worth = worth_by_class(np.ones((3, 1)), ["a"], {"revenue": np.ones(3)})[0]
        assert worth.figures["revenue"] == Abstention("too few customers of this kind", 3, 10)

    def test_unknown_figures_are_left_out(self):
        value = np.array([1.0, 3.0, np.nan])
        assert weighted_mean(value, np.ones(3)).value == 2

    def test_infinite_worth_and_bad_weights_are_refused(self):
        with pytest.raises(NotFinite):
            weighted_mean(np.array([np.inf]), np.ones(1))
        with pytest.raises(BrokenContract):
            weighted_mean(np.ones(1), np.array([-0.5]))
        with pytest.raises(BrokenContract):
            worth_by_class(np.ones((2, 1)), ["a", "b"], {})
        with pytest.raises(BrokenContract):
            worth_by_class(np.ones((2, 1)), ["a"], {"x": np.ones(3)})

    @given(st.lists(st.floats(0, 1000), min_size=12, max_size=40), st.floats(0.25, 8))
    def test_money_scales(self, amounts, factor):
        weight = np.linspace(0.2, 1, len(amounts))
        once, more = (weighted_mean(np.array(amounts) * f, weight) for f in (1.0, factor))
        assert more.value == pytest.approx(factor * once.value, abs=1e-9)
        assert more.standard_error == pytest.approx(factor * once.standard_error, abs=1e-6)

    def test_a_plan_is_worth_what_its_steps_were_seen_to_bring(self, space):
        path = shortest_path(space, "stranger", "basic_exchange")
        steps = {(s.origin, s.goal): Estimate(0.5, 0.05, 100) for s in path.steps}
        worth = {"stranger": Estimate(10, 1, 50), "basic_exchange": Estimate(110, 10, 80)}
        plan = value_of_plan(path, worth, steps, 200, cost_per_customer=5)
        assert plan.arriving.value == 0.25
        assert plan.per_customer.value == 20
        assert plan.total.value == 4000
        assert plan.arriving.standard_error == pytest.approx(0.25 * (2 * 0.1**2) ** 0.5)

    def test_a_plan_with_an_unseen_step_abstains(self, space):
        path = shortest_path(space, "stranger", "basic_exchange")
        worth = {k: Estimate(1, 1, 9) for k in path.kinds}
        assert isinstance(value_of_plan(path, worth, {}, 10), Abstention)
        assert isinstance(value_of_plan(path, {}, {}, 10), Abstention)
        nowhere = shortest_path(space, "stranger", "kinship")
        assert isinstance(value_of_plan(nowhere, worth, {}, 10), Abstention)

    def test_observed_steps_leave_out_rows_that_nobody_left(self):
        table = count_transitions(np.array([0, 0]), np.array([0, 1]), 3)
        steps = observed_steps(table, ["a", "b", "c"])
        assert set(steps) == {("a", "b"), ("a", "c")}
        assert steps["a", "b"].value == 0.5


class TestLifeCycle:
    def stage(self, **features):
        columns = {"purchases": 0, "tenure_days": 0} | features
        life = stages_of_life({k: np.array([v], float) for k, v in columns.items()})
        return STAGES[life.stages[0].argmax()]

    def test_no_purchase_is_awareness(self):
        assert self.stage() == "awareness"

    def test_a_first_purchase_is_exploration(self):
        assert self.stage(purchases=1, tenure_days=40) == "exploration"

    def test_buying_more_is_expansion(self):
        assert (
            self.stage(
                purchases=14, tenure_days=900, purchases_last_year=9, purchases_year_before=3
            )
            == "expansion"
        )

    def test_a_steady_pace_under_contract_is_commitment(self):
        steady = {
            "purchases": 40,
            "tenure_days": 2000,
            "purchases_last_year": 12,
            "purchases_year_before": 12,
        }
        assert self.stage(**steady, lateness=0.9, contracts_in_force=1) == "commitment"

    def test_slowing_down_with_an_open_complaint_is_decline(self):
        slowing = {
            "purchases": 12,
            "tenure_days": 1200,
            "purchases_last_year": 1,
            "purchases_year_before": 8,
        }
        assert self.stage(**slowing, lateness=4, complaints_open=1) == "decline"

    def test_words_of_leaving_turn_commitment_into_decline(self):
        steady = {"purchases": 40, "tenure_days": 2000, "lateness": 0.9, "contracts_in_force": 1}
        assert self.stage(**steady) == "commitment"
        assert self.stage(**steady, stage_declining=3.0, stage_ended=3.0) == "decline"

    def test_a_model_that_says_gone_is_heard(self):
        columns = {"purchases": np.array([12.0]), "tenure_days": np.array([900.0])}
        gone = stages_of_life(columns, alive=np.array([0.1])).stages[0, 4]
        assert gone > stages_of_life(columns, alive=np.array([0.9])).stages[0, 4]

    @given(st.floats(0, 1e4), st.integers(0, 99), st.floats(0, 9))
    def test_stages_are_probabilities(self, tenure, purchases, said):
        columns = {"purchases": float(purchases), "tenure_days": tenure, "stage_new": said}
        life = stages_of_life({k: np.array([v]) for k, v in columns.items()})
        assert life.stages.sum() == pytest.approx(1)


class TestTrust:
    def test_pooling_is_a_beta(self):
        score = pooled_score(
            [Witness("a", np.array([0.8]), 5.0), Witness("b", np.array([0.5]), 2.0)], 1
        )
        assert score.value[0] == pytest.approx(beta.mean(6, 3))
        assert score.low[0] == pytest.approx(beta.ppf(0.025, 6, 3))
        assert score.error[0] == pytest.approx(beta.std(6, 3))
        assert score.above(0.5)[0] == pytest.approx(beta.sf(0.5, 6, 3))

    def test_nobody_speaking_gives_no_score(self):
        score = pooled_score([Witness("a", np.array([np.nan]), 5.0)], 1)
        assert np.isnan(score.value[0])
        assert np.isnan(score.error[0])
        assert score.above(0.5)[0] == 0.5

    def test_a_witness_off_its_scale_is_refused(self):
        with pytest.raises(RatingOutOfScale):
            pooled_score([Witness("a", np.array([1.2]), 1.0)], 1)
        with pytest.raises(BrokenContract):
            pooled_score([Witness("a", np.array([0.2]), -1.0)], 1)

    def test_a_broken_promise_costs_credibility_only(self):
        columns = {
            "promises_kept": np.array([0.0]),
            "promises_broken": np.array([3.0]),
            "integrity_balance": np.array([1.0]),
            "integrity_spoken": np.array([2.0]),
        }
        dimensions = trust_dimensions(columns)
        assert dimensions["credibility"].value[0] == pytest.approx(1 / 5)
        assert dimensions["integrity"].value[0] == pytest.approx(3 / 4)
        assert np.isnan(dimensions["benevolence"].value[0])

    def test_levels_are_weighed_by_stage_and_unknown_ones_give_way(self):
        weights = shipped().trust.level_weights()
        columns = {
            "asked_trade": np.array([0.2, 0.2]),
            "asked_brand": np.array([0.6, 0.6]),
            "asked_person": np.array([0.9, np.nan]),
        }
        levels = trust_levels(columns)
        stages = np.zeros((2, 5))
        stages[:, STAGES.index("commitment")] = 1
        trust = overall_trust(levels, stages, weights)
        assert trust.weights[0] == pytest.approx([0.05, 0.40, 0.55])
        assert trust.weights[1] == pytest.approx([0.05 / 0.45, 0.40 / 0.45, 0])
        value = [levels[name].value[0] for name in ("trade", "brand", "person")]
        assert trust.value[0] == pytest.approx(np.dot([0.05, 0.40, 0.55], value))

    def test_in_plain_exchange_half_of_the_weight_of_people_goes_to_the_brand(self):
        columns = {f"asked_{level}": np.array([0.5]) for level in ("trade", "brand", "person")}
        stages = np.eye(5)[[STAGES.index("commitment")]]
        trust = overall_trust(
            trust_levels(columns), stages, shipped().trust.level_weights(), transactional=np.ones(1)
        )
        assert trust.weights[0] == pytest.approx([0.05, 0.675, 0.275])

    def test_weights_that_are_not_whole_are_refused(self):
        columns = {"asked_brand": np.array([0.5])}
        with pytest.raises(BrokenContract):
            overall_trust(trust_levels(columns), np.ones((1, 2)) / 2, np.ones((2, 3)))

    def test_weights_are_found_again_in_answers_that_follow_them(self, rng):
        levels = rng.normal(size=(600, 3))
        commitment = levels @ np.array([0.1, 0.3, 0.6]) + 0.2 * rng.normal(size=600)
        stage = np.repeat([0, 1], [580, 20])
        known, few = estimated_weights(commitment, levels, stage, stages=2)
        assert [w.value for w in known] == pytest.approx([0.1, 0.3, 0.6], abs=0.03)
        assert all(w.low <= t <= w.high for w, t in zip(known, [0.1, 0.3, 0.6], strict=True))
        assert few == Abstention("too few respondents at this stage", 20, 60)


class TestAttachment:
    def quadrant(self, **features):
        found = attachment({k: np.array([v], float) for k, v in features.items()})
        return QUADRANTS[found.quadrants[0].argmax()]

    def test_the_four_quadrants(self):
        assert self.quadrant(asked_dedication=0.9, asked_constraint=0.1) == "dedicated"
        assert self.quadrant(asked_dedication=0.9, asked_constraint=0.9) == "bonded"
        assert self.quadrant(asked_dedication=0.1, asked_constraint=0.9) == "captive"
        assert self.quadrant(asked_dedication=0.1, asked_constraint=0.1) == "free"

    def test_exit_fees_and_a_long_term_hold(self):
        held = attachment(
            {
                k: np.array([v], float)
                for k, v in {
                    "contracts_in_force": 1,
                    "exit_fees_in_force": 1,
                    "contract_days_left": 400,
                }.items()
            }
        )
        loose = attachment(
            {
                k: np.array([v], float)
                for k, v in {
                    "contracts_in_force": 1,
                    "exit_fees_in_force": 0,
                    "contract_days_left": 20,
                }.items()
            }
        )
        assert held.constraint.value[0] > 0.6 > 0.4 > loose.constraint.value[0]

    def test_no_record_of_a_contract_is_not_freedom(self):
        unknown = attachment(
            {"contracts_in_force": np.array([0.0]), "exit_fees_in_force": np.array([0.0])}
        )
        assert np.isnan(unknown.constraint.value[0])
        recorded = attachment(
            {"contracts_in_force": np.array([0.0]), "contracts_known": np.array([1.0])}
        )
        assert recorded.constraint.value[0] < 0.4

    def test_balance_by_hand(self):
        found = attachment(
            {"asked_dedication": np.array([1.0]), "asked_constraint": np.array([0.0])}
        )
        assert found.balance[0] == pytest.approx((5 / 6 - 1 / 6) / 1)

    @pytest.mark.parametrize(
        ("tie", "verdict", "reason"),
        [
            (Constraint("t", gives=True, gives_now=True, kept=True), Verdict.PLEDGE, "gives_now"),
            (Constraint("t", gives=True, gives_now=False), Verdict.TRAP, "gives_later_only"),
            (
                Constraint("t", gives=True, gives_now=True, kept=False),
                Verdict.TRAP,
                "promise_broken",
            ),
            (
                Constraint("t", gives=True, gives_now=True, told_before=False),
                Verdict.TRAP,
                "not_told_before",
            ),
            (
                Constraint("t", gives=True, gives_now=True, words_against=3),
                Verdict.TRAP,
                "spoken_against",
            ),
            (Constraint("t"), Verdict.UNCLEAR, "unknown_what_it_gives"),
            (Constraint("t", gives=True), Verdict.UNCLEAR, "unknown_whether_received"),
        ],
    )
    def test_a_tie_is_a_trap_or_a_pledge(self, tie, verdict, reason):
        judged = judge_constraint(tie)
        assert judged.verdict is verdict
        assert judged.reasons[0] == reason

    def test_retention_is_never_shown_without_why(self):
        stayed = np.array([True, True, True, False])
        quadrants = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0]], float)
        split = retention_split(stayed, quadrants)
        assert split.overall.value == 0.75
        assert split.by_quadrant["captive"].value == pytest.approx(2 / 3)
        assert split.stayers["captive"] == pytest.approx(2 / 3)
        assert split.by_quadrant["free"].n == 0
        with pytest.raises(TooFewRespondents):
            retention_split(np.zeros(0, bool), np.zeros((0, 4)))


class TestActions:
    PROFILES = ibis.memtable(
        {
            "customer_id": [1, 2, 3],
            "family": ["exchange", "friend", None],
            "closeness_gap": [1.5, 2.0, None],
            "abstains": [False, True, False],
        }
    )
    TOO_CLOSE = Playbook(
        "too_close",
        (Condition("closeness_gap", "at_least", 1.0),),
        (Condition("abstains", "equals", True),),
        priority=60,
    )
    FRIENDS = Playbook(
        "friends", (Condition("family", "one_of", ("friend", "exchange")),), priority=10
    )

    def names(self, table):
        return sorted(table.customer_id.execute().tolist())

    def test_conditions_hold_and_exceptions_exclude(self):
        assert self.names(concerned(self.PROFILES, self.TOO_CLOSE)) == [1]
        assert self.names(concerned(self.PROFILES, self.FRIENDS)) == [1, 2]

    def test_the_unknown_fulfils_nothing(self):
        for asks in ("above", "below", "at_most", "at_least", "equals"):
            rows = concerned(self.PROFILES, Playbook("p", (Condition("closeness_gap", asks, 0),)))
            assert 3 not in self.names(rows)

    def test_the_most_urgent_comes_first(self):
        table = next_best_action(self.PROFILES, [self.FRIENDS, self.TOO_CLOSE])
        assert dict(
            zip(
                *(table.order_by("customer_id").execute()[c] for c in ("customer_id", "playbook")),
                strict=True,
            )
        ) == {1: "too_close", 2: "friends"}

    def test_a_playbook_about_everybody_or_about_unknown_columns_is_refused(self):
        with pytest.raises(BrokenContract):
            concerned(self.PROFILES, Playbook("all", ()))
        with pytest.raises(MissingColumns):
            concerned(self.PROFILES, Playbook("p", (Condition("shoe_size", "above", 40),)))
        with pytest.raises(BrokenContract):
            Condition("family", "resembles", "friend")

    @pytest.mark.parametrize(
        "hold",
        [
            Condition("constraint", "at_least", 0.6),
            Condition("exit_fees_in_force", "above", 0),
            Condition("quadrant", "equals", "captive"),
            Condition("kind", "one_of", ("fling", "dependency")),
            Condition("family", "equals", "captive"),
            Condition("complaints_open", "above", 0),
        ],
    )
    def test_nothing_is_offered_because_a_customer_is_held_or_hurt(self, hold):
        with pytest.raises(BrokenContract, match="because of"):
            Playbook("offer", (hold,), offers=True)
        assert Playbook("repair", (hold,)).all == (hold,)

    def test_an_offer_spares_the_held_whatever_it_asks(self):
        people = ibis.memtable(
            {
                "customer_id": [1, 2, 3, 4, 5],
                "days_since_last_purchase": [40.0] * 5,
                "kind": ["fling", "dependency", "fling", "fling", "fling"],
                "family": ["adventure", "captive", "betrayed", "adventure", "adventure"],
                "quadrant": ["free", "free", "free", "captive", "free"],
                "complaints_open": [0, 0, 0, 0, 1],
            }
        )
        late = (Condition("days_since_last_purchase", "at_least", 30),)
        assert self.names(concerned(people, Playbook("new", late, offers=True))) == [1]
        assert self.names(concerned(people, Playbook("care", late))) == [1, 2, 3, 4, 5]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["fling", "captive", None]),
                st.none() | st.integers(-2, 2),
                st.none() | st.sampled_from(["free", "captive"]),
            ),
            min_size=1,
            max_size=6,
        ),
        st.sampled_from(["above", "below", "at_least", "at_most", "equals"]),
        st.integers(-2, 2),
        st.booleans(),
    )
    @settings(max_examples=25, deadline=None)
    def test_one_customer_is_judged_as_the_table_has_it(self, rows, asks, value, offers):
        playbook = Playbook(
            "p",
            (Condition("complaints_open", asks, value),)
            if not offers
            else (Condition("days_left", asks, value),),
            (Condition("kind", "one_of", ("captive", "adversary")),),
            offers=offers,
        )
        people = [
            {
                "customer_id": rank, "kind": kind, "family": None, "days_left": number,
                "complaints_open": number, "quadrant": quadrant,
            }
            for rank, (kind, number, quadrant) in enumerate(rows)
        ]  # fmt: skip
        types = {"kind": "string", "family": "string", "quadrant": "string"}
        schema = {name: types.get(name, "int64") for name in people[0]}
        by_table = self.names(concerned(ibis.memtable(people, schema=schema), playbook))
        assert by_table == [row["customer_id"] for row in people if playbook.concerns(row)]

    @given(
        st.lists(st.integers(1, 10**6), max_size=50),
        st.floats(0, 1),
        st.floats(0, 1),
    )
    def test_held_out_at_a_share_stays_so_at_a_larger_one(self, people, one, other):
        less, more = sorted((one, other))
        assert not (held_out("p", people, less) & ~held_out("p", people, more)).any()
        assert held_out("p", people, 1.0).all()

    def test_the_share_held_out_is_the_share_asked_and_differs_by_playbook(self):
        people = range(20_000)
        first, second = held_out("one", people, 0.1), held_out("two", people, 0.1)
        assert first.mean() == pytest.approx(0.1, abs=0.01)
        assert (first & second).mean() == pytest.approx(0.01, abs=0.004)
        with pytest.raises(BrokenContract):
            held_out("one", people, 1.2)

    def test_every_shipped_playbook_can_be_simulated(self):
        words = {"kind", "second_kind", "third_kind", "family", "stage", "model", "quadrant"}
        profiles = ibis.memtable(
            {f: [None] for f in FIELDS},
            schema={
                f: "string" if f in words else "boolean" if f == "abstains" else "float64"
                for f in FIELDS
            },
        )
        for playbook in shipped().playbooks.for_engine():
            assert concerned(profiles, playbook).count().execute() == 0

    def test_an_effect_is_shown_against_customers_held_out(self, rng):
        held_out = np.repeat([False, True], 200)
        outcome = rng.normal(size=400) + np.where(held_out, 0.0, 1.0)
        effect = compare_with_held_out(outcome, held_out)
        assert effect.shown
        assert effect.difference.low < 1 < effect.difference.high
        welch = ttest_ind(
            outcome[~held_out], outcome[held_out], equal_var=False
        ).confidence_interval()
        assert (effect.difference.low, effect.difference.high) == pytest.approx(tuple(welch))

    def test_without_a_held_out_group_nothing_is_claimed(self):
        assert isinstance(compare_with_held_out(np.ones(50), np.zeros(50, bool)), Abstention)
