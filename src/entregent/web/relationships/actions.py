"""Storing what is inferred, and what people say instead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from entregent.engine.relationship.profiling import ProfileModel
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence import bulk
from entregent.web.evidence.models import Customer
from entregent.web.evidence.snapshot import evidence, snapshot_version
from entregent.web.relationships.catalogue import (
    fingerprint_in_force,
    kind_of,
    sector_of,
    starting_model,
)
from entregent.web.relationships.measures.footing import standing_on
from entregent.web.relationships.measures.profiles import gap_if_overruled
from entregent.web.relationships.measures.reading import end_of_day, last_moment
from entregent.web.relationships.measures.reckoning import reckon_everybody, reckon_one
from entregent.web.relationships.measures.weighing import kinds_believed
from entregent.web.relationships.models import Overruling, Profile, Reckoning
from entregent.web.relationships.queries import kinds_said, latest_reckoning, rows_of
from entregent.web.relationships.signals import customer_reckoned, everybody_reckoned
from entregent.web.workspace.models import this_workspace

KEPT_RECKONINGS = 5
CHUNK = 5_000


class UnknownKind(Exception):
    """The catalogue in force holds no such kind."""


class NothingInferred(Exception):
    """Nothing is inferred of this customer yet: there is nothing to overrule."""


class NotOverruled(Exception):
    """No overruling of this customer is in force."""


def reckon(*, now: datetime | None = None) -> Reckoning | None:
    """Infer everybody from the snapshot; None where there is no evidence yet.

    Readers see the old profiles until each batch is replaced by its new one.
    """
    now = now or timezone.now()
    sector, catalogue = sector_of(this_workspace()), fingerprint_in_force()
    model = starting_model(sector, catalogue)
    with evidence() as tables:
        at = last_moment(tables, now)
        if at is None:
            return None
        reckoning = Reckoning.objects.create(
            at=at, snapshot_version=snapshot_version(), sector=sector, made_by=model.version,
            catalogue=catalogue,
        )  # fmt: skip
        reckoned = reckon_everybody(
            tables, at, model, kinds_said(),
            computed_at=now, store=lambda rows: _store(reckoning, rows),
        )  # fmt: skip
    with transaction.atomic():
        Profile.objects.exclude(reckoning=reckoning).delete()
        reckoning.customers = reckoned.customers
        reckoning.footing, reckoning.figures = reckoned.footing, reckoned.figures
        reckoning.finished_at = timezone.now()
        reckoning.save()
        old = Reckoning.objects.values_list("pk", flat=True)[KEPT_RECKONINGS:]
        Reckoning.objects.filter(pk__in=list(old)).delete()
    everybody_reckoned.send(sender=None, reckoning=reckoning)
    return reckoning


@transaction.atomic
def _store(reckoning: Reckoning, rows: dict[str, Sequence[Any]]) -> None:
    """Replace the profiles of a batch. Customers who left since the snapshot was taken stay gone."""
    ids = list(rows["customer_id"])
    there: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        there |= set(
            Customer.objects.filter(pk__in=some, merged_into=None).values_list("pk", flat=True)
        )
        Profile.objects.filter(pk__in=some).delete()
    kept = [row for row, key in enumerate(ids) if key in there]
    columns = {name: [values[row] for row in kept] for name, values in rows.items()}
    bulk.insert(Profile, columns | {"reckoning_id": [reckoning.pk] * len(kept)})


def refresh_profile(customer_id: int) -> Profile | None:
    """Infer one customer again from their own rows; None where nothing was ever inferred."""
    reckoning = latest_reckoning()
    customer = Customer.objects.filter(pk=customer_id, merged_into=None).first()
    if reckoning is None or customer is None:
        return None
    now = timezone.now()
    said = (
        Overruling.objects.filter(customer=customer, undone_at=None)
        .values_list("kind", flat=True)
        .first()
    )
    values = reckon_one(
        rows_of(customer_id),
        max(reckoning.at, end_of_day(now)),
        standing_model(reckoning),
        {customer_id: said} if said else {},
        computed_at=now,
    )
    values.pop("customer_id")
    profile, _created = Profile.objects.update_or_create(
        customer=customer, defaults=values | {"reckoning": reckoning}
    )
    customer_reckoned.send(sender=None, customer_id=customer_id)
    return profile


def standing_model(reckoning: Reckoning) -> ProfileModel:
    """The model of a reckoning: its own version of the catalogue, on the firm's own footing."""
    return standing_on(starting_model(reckoning.sector, reckoning.catalogue), reckoning.footing)


@transaction.atomic
def overrule_kind(*, customer: Customer, kind: str, reason: str, by: User) -> Overruling:
    """Say which kind of relationship a customer has; what was said before is taken back."""
    its = kind_of(kind)
    if its is None or its.switched_off:
        raise UnknownKind(kind)
    profile = _locked(customer)
    Overruling.objects.filter(customer=customer, undone_at=None).update(
        undone_at=timezone.now(), undone_by=by
    )
    overruling = Overruling.objects.create(
        customer=customer, kind=kind, reason=reason, inferred=profile.kind, by=by
    )
    profile.said_kind, profile.said_family = kind, its.family
    profile.shown_kind, profile.shown_family = kind, its.family
    _settle(profile)
    record(
        Verb.CHANGED, overruling, by=by, about=f"client n° {customer.pk}",
        kind=kind, inferred=profile.kind,
    )  # fmt: skip
    return overruling


@transaction.atomic
def undo_overruling(*, customer: Customer, by: User) -> None:
    """Give the inference its say again."""
    profile = _locked(customer)
    overruling = (
        Overruling.objects.select_for_update().filter(customer=customer, undone_at=None).first()
    )
    if overruling is None:
        raise NotOverruled
    overruling.undone_at, overruling.undone_by = timezone.now(), by
    overruling.save(update_fields=["undone_at", "undone_by"])
    profile.said_kind = profile.said_family = ""
    model = standing_model(profile.reckoning)
    level = model.kinds.level
    profile.shown_kind = "" if profile.abstains else profile.kind
    silent = profile.pieces == 0 or profile.family_probability < level
    profile.shown_family = "" if silent else profile.family
    _settle(profile)
    record(Verb.UNDID, overruling, by=by, about=f"client n° {customer.pk}", kind=overruling.kind)


def _locked(customer: Customer) -> Profile:
    profile = (
        Profile.objects.select_for_update(of=("self",))
        .select_related("reckoning")
        .filter(customer=customer)
        .first()
    )
    if profile is None:
        raise NothingInferred
    return profile


def _settle(profile: Profile) -> None:
    """What follows from the kind: what the customer would like to receive, and the gap."""
    model = standing_model(profile.reckoning)
    gap = gap_if_overruled(
        profile.given, profile.given_error, profile.known, kinds_believed(profile, model), model
    )
    for name, value in gap.items():
        setattr(profile, name, value)
    profile.save()
