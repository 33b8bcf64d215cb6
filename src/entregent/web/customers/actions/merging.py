"""Two customers found to be one person; and parting them again."""

from django.db import transaction
from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.customers.models import Merge
from entregent.web.customers.queries.weight import OF_A_CUSTOMER
from entregent.web.evidence.changes import changing
from entregent.web.evidence.models import Customer
from entregent.web.evidence.summaries import refresh_summaries


class CannotMerge(Exception):
    """One of the two is not there any more, or they are the same."""


class CannotPart(Exception):
    """The merge was undone already, or the kept customer was merged further since."""


@transaction.atomic
def merge_customers(*, kept: Customer, duplicate: Customer, by: User) -> Merge:
    """Give the duplicate's history to the customer we keep."""
    # Locking in key order keeps two opposite merges from waiting on each other.
    pair = {
        row.pk: row
        for row in Customer.objects.select_for_update()
        .filter(pk__in=[kept.pk, duplicate.pk], merged_into=None)
        .order_by("pk")
    }
    if len(pair) < 2:
        raise CannotMerge
    kept, duplicate = pair[kept.pk], pair[duplicate.pk]

    moved: dict[str, list[int]] = {}
    for table, model in OF_A_CUSTOMER.items():
        rows = model._default_manager.filter(customer=duplicate)
        moved[table] = list(rows.values_list("pk", flat=True))
        with changing(table, moved[table]):
            rows.update(customer=kept)
    before = {
        "name": kept.name,
        "language": kept.language,
        "since": kept.since and kept.since.isoformat(),
        "attributes": kept.attributes,
    }
    with changing("customers", [kept.pk, duplicate.pk]):
        # What the kept one lacks, the duplicate may know; a relationship began when its first half did.
        kept.name = kept.name or duplicate.name
        kept.language = kept.language or duplicate.language
        kept.since = min((day for day in (kept.since, duplicate.since) if day), default=None)
        kept.attributes = duplicate.attributes | kept.attributes
        kept.save(update_fields=list(before))
        Customer.objects.filter(pk=duplicate.pk).update(merged_into=kept)
    merge = Merge.objects.create(kept=kept, duplicate=duplicate, moved=moved, before=before, by=by)
    refresh_summaries([kept.pk, duplicate.pk])
    record(
        Verb.CHANGED, kept, by=by, about=f"client n° {kept.pk} ← n° {duplicate.pk}",
        merged=duplicate.pk, rows={table: len(ids) for table, ids in moved.items()},
    )  # fmt: skip
    return merge


@transaction.atomic
def undo_merge(*, merge: Merge, by: User) -> None:
    """Part two customers again: rows go back to whom they came from; what was noted since stays."""
    merge = Merge.objects.select_for_update().select_related("kept", "duplicate").get(pk=merge.pk)
    kept, duplicate = merge.kept, merge.duplicate
    if merge.undone_at or kept.merged_into_id or duplicate.merged_into_id != kept.pk:
        raise CannotPart
    for table, model in OF_A_CUSTOMER.items():
        with changing(table, merge.moved[table]):
            for start in range(0, len(merge.moved[table]), 500):
                some = merge.moved[table][start : start + 500]
                model._default_manager.filter(pk__in=some, customer=kept).update(customer=duplicate)
    with changing("customers", [kept.pk, duplicate.pk]):
        for name, value in merge.before.items():
            setattr(kept, name, value)
        kept.save(update_fields=list(merge.before))
        Customer.objects.filter(pk=duplicate.pk).update(merged_into=None)
    Merge.objects.filter(pk=merge.pk).update(undone_at=timezone.now())
    refresh_summaries([kept.pk, duplicate.pk])
    record(
        Verb.UNDID,
        kept,
        by=by,
        about=f"client n° {kept.pk} ← n° {duplicate.pk}",
        parted=duplicate.pk,
    )
