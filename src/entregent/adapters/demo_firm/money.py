"""Premiums, claims and what the firm gives back."""

from datetime import date, datetime, timedelta
from random import Random

from entregent.adapters.demo_firm.ledger import Ledger, euros
from entregent.adapters.demo_firm.people import Person, Policy
from entregent.adapters.demo_firm.setting import Setting, moment

KEPT_OF_A_PREMIUM = 0.84  # once taxes and distribution are paid
BUG_SHARE = 0.13


def pay_premiums(
    rng: Random, setting: Setting, ledger: Ledger, person: Person, rise: float
) -> bool:
    """Write down every premium of the window; say whether the billing bug hit this customer."""
    hit = False
    for policy in person.policies:
        for due in _due_days(setting, policy):
            amount = policy.monthly * (1 + rise if due >= setting.rise else 1)
            if policy.yearly_payment:
                amount *= 1 if policy.product == "auto temporaire" else 11.6
            at = moment(due, 5.0, rng)
            _move(ledger, person, at, amount, policy.product, "premium")
            bug = (
                (due.year, due.month) == (setting.billing_bug.year, setting.billing_bug.month)
                and not policy.by_cheque
                and not policy.yearly_payment
            )
            if bug and rng.random() < BUG_SHARE:
                hit = True
                _move(ledger, person, at, amount, policy.product, "premium")
                back = moment(due + timedelta(days=rng.randrange(6, 40)), 5.0, rng)
                _move(ledger, person, back, -amount, policy.product, "refund")
    return hit


def pay_routine_care(rng: Random, setting: Setting, ledger: Ledger, person: Person) -> None:
    """The glasses, the teeth and the doctor: many small refunds that nobody writes about."""
    for policy in person.policies:
        if policy.product != "santé":
            continue
        for _ in range(int(rng.expovariate(1 / 17))):
            day = setting.first_day + timedelta(days=rng.randrange(548))
            if policy.begins <= day and (policy.ends is None or day < policy.ends):
                amount = min(900.0, rng.lognormvariate(3.2, 1.0)) * policy.monthly / 50
                pay_claim(ledger, person, day, round(amount, 2), "santé", rng)


def pay_claim(
    ledger: Ledger, person: Person, at_day: date, amount: float, product: str, rng: Random
) -> None:
    at = moment(at_day, 6.0, rng)
    ledger.write(
        "transactions",
        customer_id=person.customer_id,
        at=at,
        amount=euros(-amount),
        currency="EUR",
        margin=euros(-amount),
        product=product,
        kind="claim",
    )


def give_back(
    ledger: Ledger, person: Person, day: date, amount: float, product: str, kind: str, rng: Random
) -> None:
    _move(ledger, person, moment(day, 6.0, rng), -amount, product, kind)


def charge_fee(
    ledger: Ledger, person: Person, day: date, amount: float, product: str, rng: Random
) -> None:
    _move(ledger, person, moment(day, 6.0, rng), amount, product, "fee")


def _move(
    ledger: Ledger, person: Person, at: datetime, amount: float, product: str, kind: str
) -> None:
    share = KEPT_OF_A_PREMIUM if kind == "premium" else 1.0
    ledger.write(
        "transactions",
        customer_id=person.customer_id,
        at=at,
        amount=euros(amount),
        currency="EUR",
        margin=euros(amount * share),
        product=product,
        kind=kind,
    )


def _due_days(setting: Setting, policy: Policy) -> list[date]:
    first, last = max(setting.first_day, policy.begins), setting.last_day
    if policy.ends is not None:
        last = min(last, policy.ends)
    if policy.product == "auto temporaire":
        return [policy.begins] if first <= policy.begins <= last else []
    day_of_month = 3 + int(policy.number[-2:]) % 12
    days = []
    year, month = first.year, first.month
    while date(year, month, 1) <= last:
        due = date(year, month, day_of_month)
        yearly = policy.begins.month == month
        if first <= due <= last and (yearly or not policy.yearly_payment):
            days.append(due)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return days
