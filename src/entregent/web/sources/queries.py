"""What the pages of imports show."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet, Sum

from entregent.web.accounts.models import User
from entregent.web.evidence.models import IdentityConflict, Import, RejectedRow, Source
from entregent.web.sources.gates import imports_for, sources_for


@dataclass(frozen=True, slots=True)
class RejectGroup:
    code: str
    rows: int


def listed_imports(user: User, *, source: str, state: str) -> QuerySet[Import]:
    found = imports_for(user).exclude(state=Import.State.DRAFT).order_by("-pk")
    if source.isdigit():
        found = found.filter(source_id=int(source))
    if state in Import.State.values:
        found = found.filter(state=state)
    return found


def drafts(user: User) -> QuerySet[Import]:
    return imports_for(user).filter(state=Import.State.DRAFT).order_by("-pk")


def listed_sources(user: User) -> QuerySet[Source]:
    return sources_for(user).annotate(
        files=Count("imports"), rows=Sum("imports__rows_read"), last=Max("imports__created_at")
    )


def rejects(of_import: Import, code: str = "") -> QuerySet[RejectedRow]:
    rows = of_import.rejected_rows.order_by("number", "pk")
    return rows.filter(code=code) if code else rows


def reject_groups(of_import: Import) -> list[RejectGroup]:
    counted = (
        of_import.rejected_rows.values("code").annotate(rows=Count("pk")).order_by("-rows", "code")
    )
    return [RejectGroup(group["code"], group["rows"]) for group in counted]


def conflicts(of_import: Import) -> QuerySet[IdentityConflict]:
    return of_import.conflicts.order_by("number")


def reject_lines(of_import: Import) -> Iterator[tuple[int, str, str, dict[str, str]]]:
    yield from rejects(of_import).values_list("number", "original", "code", "facts").iterator(2000)
