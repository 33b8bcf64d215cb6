"""Plans, and the customers they are for, for those who may see them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import POWERS, Power
from entregent.web.plans.models import Look, Plan, PlannedCustomer
from entregent.web.relationships.models import Profile
from entregent.web.relationships.queries import profiles_for

CERTAIN = Value(1.0, output_field=FloatField())


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """A plan as it is being thought of. family: where a whole family is to be moved, empty for a kind."""

    origin: str = ""
    family: str = ""
    goal: str = ""
    value_class: str = ""
    sure: float = 0.0
    cost: Decimal = Decimal(0)

    @property
    def complete(self) -> bool:
        return bool(self.origin and self.goal)


@dataclass(frozen=True, slots=True)
class Concerned:
    """How many customers are listed, how many of them are expected to be of that kind, and the variance of that."""

    listed: int
    expected: float
    variance: float


def concerned_by(user: User, asked: PlanAsked) -> QuerySet[Profile]:
    """Customers shown as the kind or family a plan starts from, the surest first; `chance` says how sure."""
    profiles = profiles_for(user)
    if asked.family:
        # Who seems to be there already has no way to go.
        arrived = Q(said_kind=asked.goal) | Q(said_kind="", kind=asked.goal)
        found = profiles.filter(shown_family=asked.family).exclude(arrived)
        probability, told = F("family_probability"), Q(said_family=asked.family)
    else:
        found = profiles.filter(Q(said_kind=asked.origin) | Q(said_kind="", kind=asked.origin))
        probability, told = F("kind_probability"), Q(said_kind=asked.origin)
    found = found.annotate(chance=Case(When(told, then=CERTAIN), default=probability))
    if asked.value_class:
        found = found.filter(customer__summary__value_class=asked.value_class)
    if asked.sure:
        found = found.filter(chance__gte=asked.sure)
    return (
        found.select_related("customer__summary")
        .defer("known", "families")
        .order_by("-chance", "pk")
    )


def counted(profiles: QuerySet[Profile]) -> Concerned:
    zero = Value(0.0, output_field=FloatField())
    sums = profiles.order_by().aggregate(
        listed=Count("pk"),
        expected=Coalesce(Sum("chance"), zero),
        variance=Coalesce(Sum(F("chance") * (1.0 - F("chance"))), zero),
    )
    return Concerned(sums["listed"], sums["expected"], sums["variance"])


def plans_for(user: User) -> QuerySet[Plan]:
    if not user.may(Power.SEE_FIGURES):
        return Plan.objects.none()
    return Plan.objects.select_related("owner", "by").annotate(n_customers=Count("customers"))


def plan_for(user: User, pk: int) -> Plan | None:
    return plans_for(user).filter(pk=pk).first()


def due(plans: QuerySet[Plan], today: date) -> QuerySet[Plan]:
    """Plans whose day to be looked at has come."""
    return plans.filter(withdrawn_at=None, look_on__lte=today)


def looks_at(plan: Plan) -> list[Look]:
    return list(plan.looks.select_related("by"))


def planned_in(user: User, plan: Plan) -> QuerySet[PlannedCustomer]:
    """The customers of a plan, with what is shown of them now; those merged away are not there any more."""
    if not user.may(Power.SEE_CUSTOMERS):
        return PlannedCustomer.objects.none()
    return (
        PlannedCustomer.objects.filter(plan=plan, customer__merged_into=None)
        .annotate(now=F("customer__relationship__shown_kind"), likeliest=F("customer__relationship__kind"),
                  said=F("customer__relationship__said_kind"))
        .select_related("customer__summary")
        .order_by("-probability", "pk")
    )  # fmt: skip


def where_they_stand(plan: Plan) -> list[tuple[str, int]]:
    """Kind now, a colleague's word before the likeliest, and number of the plan's customers; empty where unknown."""
    kind = Case(
        When(~Q(customer__relationship__said_kind=""), then=F("customer__relationship__said_kind")),
        default=F("customer__relationship__kind"),
    )
    rows = (
        PlannedCustomer.objects.filter(plan=plan, customer__merged_into=None)
        .order_by()
        .values(stands=Coalesce(kind, Value("")))
        .annotate(n=Count("pk"))
    )
    return sorted(((row["stands"], row["n"]) for row in rows), key=lambda pair: (-pair[1], pair[0]))


def possible_owners() -> QuerySet[User]:
    """Colleagues who may answer for a plan."""
    able = [role for role, powers in POWERS.items() if Power.SEE_CUSTOMERS in powers]
    return User.objects.filter(is_active=True, role__in=able).order_by("name", "pk")
