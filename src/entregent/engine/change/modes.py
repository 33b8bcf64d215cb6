"""Which of the two modes fits a customer, and why."""

from dataclasses import dataclass

from entregent.engine.change.declared import Beneficiary, Mode


@dataclass(frozen=True, slots=True)
class FittingMode:
    """The mode that fits, the reasons for it, and whether evocation is open at all.

    reasons: names of facts, the deciding one first; pages translate them.
    """

    mode: Mode
    reasons: tuple[str, ...]
    evocation_open: bool


def fitting_mode(
    beneficiary: Beneficiary,
    *,
    decided: bool,
    ambivalent: bool,
    firm_should_stay_neutral: bool = False,
) -> FittingMode:
    """Whether to weigh both sides or to ask for the customer's own reasons to change.

    decided: the customer has already decided, or acted.
    ambivalent: the customer speaks both ways, or Griffin's ambivalence is above zero.
    firm_should_stay_neutral: the firm has no business weighing on the decision (a strategic choice
    of its own, advice, a right of the customer).
    With somebody ambivalent, weighing four cells tends to lower commitment to change and evocation
    to raise it; once the decision is taken, evocation is needless and the balance may firm it up.
    Source: Miller and Rose 2015, Behavioural and Cognitive Psychotherapy 43(2).

    >>> fitting_mode(Beneficiary.BOTH, decided=False, ambivalent=True).mode
    <Mode.EVOCATION: 'evocation'>
    >>> fitting_mode(Beneficiary.FIRM, decided=False, ambivalent=True).reasons
    ('serves_the_firm_alone',)
    """
    if beneficiary is Beneficiary.FIRM:
        return FittingMode(Mode.NEUTRAL, ("serves_the_firm_alone",), evocation_open=False)
    if firm_should_stay_neutral:
        return FittingMode(Mode.NEUTRAL, ("firm_stays_neutral",), evocation_open=True)
    if decided:
        return FittingMode(Mode.NEUTRAL, ("already_decided",), evocation_open=True)
    if ambivalent:
        return FittingMode(Mode.EVOCATION, ("hesitates", "customer_gains"), evocation_open=True)
    return FittingMode(Mode.NEUTRAL, ("no_hesitation_heard",), evocation_open=True)
