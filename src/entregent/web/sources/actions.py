"""What can be done with an import: receive, settle, run, resume, undo, forget.

Each action is one transaction and one audit row, but for the run itself, which is one transaction
a batch: what it stored and the account of it are never apart, so a run killed anywhere resumes.
"""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files import File
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.readers.batches import Reason, UnreadableFile
from entregent.web.accounts.models import User
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence import bulk
from entregent.web.evidence.changes import DERIVED, TABLES, changing, mark_stale, removing
from entregent.web.evidence.indexes import put_off_indexes, restore_indexes
from entregent.web.evidence.intake import Intake, Tally
from entregent.web.evidence.models import (
    Customer,
    CustomerSummary,
    IdentityConflict,
    Import,
    RejectedRow,
    ReplacedRow,
    Source,
)
from entregent.web.sources.reading import BATCH, converted_batches

SILENCE = timedelta(minutes=2)
RECORDS = ("interactions", "transactions", "answers", "agreements", "consents", "cases")


class CannotUndo(Exception):
    """Later imports changed rows of this one: they must be undone first."""

    def __init__(self, later: list[Import]) -> None:
        self.later = later
        super().__init__(", ".join(str(one) for one in later))


class NotNow(Exception):
    """The import is not in a state that allows this."""


@transaction.atomic
def receive_file(*, file: BinaryIO, name: str, by: User | None) -> Import:
    """Keep a file that somebody gave, to be looked at before anything is stored."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(2**20):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    of_import = Import(
        file_name=Path(name).name[:255], file_digest=digest.hexdigest(), file_bytes=size, by=by
    )
    # The stored name keeps nothing of the given one: it may say too much, or mean something to a shell.
    of_import.file.save(digest.hexdigest()[:32], File(file), save=True)
    record(Verb.CREATED, of_import, by=by, about=of_import.file_name)
    return of_import


@transaction.atomic
def settle_import(
    *,
    of_import: Import,
    source_name: str,
    mapping: Mapping,
    choices: dict[str, Any],
    shape: str,
    by: User | None,
) -> Import:
    """Say which source a file is from and what its columns mean; keep both for the next file."""
    current = Import.objects.select_for_update().get(pk=of_import.pk)
    if current.state != Import.State.DRAFT:
        raise NotNow(current.state)
    source, _ = Source.objects.get_or_create(name=source_name.strip(), defaults={"created_by": by})
    source.mapping, source.shape = mapping.model_dump(mode="json"), shape
    source.save(update_fields=["mapping", "shape"])
    current.source, current.mapping, current.choices = source, source.mapping, choices
    current.state = Import.State.WAITING
    current.save()
    record(Verb.IMPORTED, current, by=by, about=f"{current.file_name} → {source.name}")
    return current


@transaction.atomic
def choose_reading(*, of_import: Import, choices: dict[str, Any], by: User | None) -> None:
    """Have a draft's file read another way."""
    if not Import.objects.filter(pk=of_import.pk, state=Import.State.DRAFT).update(choices=choices):
        raise NotNow(of_import.pk)
    record(Verb.CHANGED, of_import, by=by, about=of_import.file_name, choices=choices)


@transaction.atomic
def rename_source(*, source: Source, name: str, by: User | None) -> None:
    """Call a source otherwise. Keys stay in the space they were read in."""
    Source.objects.filter(pk=source.pk).update(name=name)
    record(Verb.CHANGED, source, by=by, about=f"{source.name} → {name}")


@transaction.atomic
def ask_undo(*, of_import: Import) -> None:
    """Mark an import as about to be undone, so that nobody resumes it meanwhile."""
    current = Import.objects.select_for_update().get(pk=of_import.pk)
    if current.state not in {Import.State.DONE, Import.State.FAILED} and not (
        current.state == Import.State.RUNNING and is_abandoned(current)
    ):
        raise NotNow(current.state)
    current.state = Import.State.UNDOING
    current.save(update_fields=["state"])


def claim(pk: int) -> Import | None:
    """Take an import to run it, unless somebody else is at it."""
    now = timezone.now()
    quiet = Q(state=Import.State.RUNNING) & (Q(beat_at=None) | Q(beat_at__lt=now - SILENCE))
    ready = Q(state__in=[Import.State.WAITING, Import.State.FAILED]) | quiet
    taken = Import.objects.filter(ready, pk=pk).update(
        state=Import.State.RUNNING, beat_at=now, failure=None
    )
    if not taken:
        return None
    Import.objects.filter(pk=pk, started_at=None).update(started_at=now)
    return Import.objects.select_related("source").get(pk=pk)


def run_import(pk: int, *, batch_size: int = BATCH) -> Import:
    """Read the file from where its account stands to its end.

    Killed anywhere, it is called again: rows already accounted for are passed over.
    """
    of_import = claim(pk)
    if of_import is None:
        return Import.objects.get(pk=pk)
    try:
        with bulk.writing_much():
            try:
                _read_to_the_end(of_import, batch_size)
            finally:
                restore_indexes()
    except UnreadableFile as problem:
        return _fail(of_import, problem.reason)
    except Exception as problem:
        _fail(
            of_import, Reason("unexpected", {"text": f"{type(problem).__name__}: {problem}"[:300]})
        )
        raise
    Import.objects.filter(pk=pk).update(state=Import.State.DONE, ended_at=timezone.now())
    of_import.refresh_from_db()
    return of_import


def _read_to_the_end(of_import: Import, batch_size: int) -> None:
    intake = Intake(of_import)
    passed, done = 0, of_import.rows_read
    for batch in converted_batches(of_import, batch_size):
        rows = len(batch) + len(batch.unreadable)
        if passed + rows <= done:
            intake.skip(batch)
        else:
            with transaction.atomic():
                if passed == done:
                    for table in batch.pieces:
                        put_off_indexes(table, (of_import.rows_expected or 0) - passed)
                _account(of_import, passed, intake.store(batch))
        passed += rows


def _account(of_import: Import, passed: int, tally: Tally) -> None:
    """Add a batch to the account; refuse when another run wrote it meanwhile."""
    evidence = {
        name: of_import.evidence.get(name, 0) + tally.evidence.get(name, 0)
        for name in {*of_import.evidence, *tally.evidence}
    }
    reach = {**of_import.reach}
    for table, (first, last) in tally.reach.items():
        reach[table] = [reach.get(table, [first])[0], last]
    written = Import.objects.filter(pk=of_import.pk, rows_read=passed, state=Import.State.RUNNING).update(
        rows_read=F("rows_read") + tally.read, created=F("created") + tally.created,
        updated=F("updated") + tally.updated, unchanged=F("unchanged") + tally.unchanged,
        rejected=F("rejected") + tally.rejected, evidence=evidence, reach=reach, beat_at=timezone.now(),
    )  # fmt: skip
    if not written:
        raise NotNow(of_import.pk)
    of_import.evidence, of_import.reach = evidence, reach


def _fail(of_import: Import, reason: Reason) -> Import:
    """Say what stopped the run; everything accounted for stays, and the run can be resumed."""
    Import.objects.filter(pk=of_import.pk).update(
        state=Import.State.FAILED,
        failure={"code": reason.code, "facts": reason.facts},
        ended_at=timezone.now(),
    )
    of_import.refresh_from_db()
    return of_import


def interrupted_imports(now: datetime) -> models.QuerySet[Import]:
    """The imports that say they run, and have been silent too long to be believed."""
    return Import.objects.filter(state=Import.State.RUNNING).filter(
        Q(beat_at=None) | Q(beat_at__lt=now - SILENCE)
    )


def is_abandoned(of_import: Import) -> bool:
    return interrupted_imports(timezone.now()).filter(pk=of_import.pk).exists()


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def later_imports_on_its_rows(of_import: Import) -> list[Import]:
    """The imports that changed rows this one made, and are not undone."""
    later: set[int] = set()
    for table in (*RECORDS, "customers"):
        mine = _made_by(of_import, table).filter(pk=models.OuterRef("row_id"))
        rows = ReplacedRow.objects.filter(
            models.Exists(mine), table=table, of_import_id__gt=of_import.pk
        )
        later.update(rows.values_list("of_import_id", flat=True).distinct())
    replaced = ReplacedRow.objects.filter(of_import=of_import)
    for table in replaced.values_list("table", flat=True).distinct():
        same = ReplacedRow.objects.filter(
            table=table,
            of_import_id__gt=of_import.pk,
            row_id__in=replaced.filter(table=table).values("row_id"),
        )
        later.update(same.values_list("of_import_id", flat=True).distinct())
    return list(Import.objects.filter(pk__in=later).exclude(state=Import.State.UNDONE))


@transaction.atomic
def undo_import(*, of_import: Import, by: User | None) -> Import:
    """Take back everything an import stored, and put back what it replaced.

    Customers it made stay when other imports or people have since written about them.
    Raises CannotUndo when later imports changed its rows, NotNow while it runs.
    """
    restore_indexes()
    current = Import.objects.select_for_update().get(pk=of_import.pk)
    running = current.state == Import.State.RUNNING and not is_abandoned(current)
    if running or current.state in {Import.State.DRAFT, Import.State.WAITING, Import.State.UNDONE}:
        raise NotNow(current.state)
    if later := later_imports_on_its_rows(current):
        raise CannotUndo(later)
    _put_back(current)
    taken = {table: _delete(table, _made_by(current, table)) for table in (*RECORDS, "identities")}
    taken["customers"] = _delete("customers", _customers_only_it_knows(current))
    _made_by(current, "customers").update(created_in=None)
    RejectedRow.objects.filter(of_import=current).delete()
    IdentityConflict.objects.filter(of_import=current).delete()
    ReplacedRow.objects.filter(of_import=current).delete()
    current.state, current.ended_at = Import.State.UNDONE, timezone.now()
    current.save(update_fields=["state", "ended_at"])
    record(
        Verb.UNDID,
        current,
        by=by,
        about=current.file_name,
        **{name: n for name, n in taken.items() if n},
    )
    return current


def _put_back(of_import: Import) -> None:
    for replaced in ReplacedRow.objects.filter(of_import=of_import).iterator(2000):
        model = cast("Any", TABLES[replaced.table])
        values = {
            name: bytes.fromhex(value) if name in {"row_key", "content"} else value
            for name, value in replaced.before.items()
            if name != "id"
        }
        with changing(replaced.table, [replaced.row_id]):
            model._default_manager.filter(pk=replaced.row_id).update(**values)


def _made_by(of_import: Import, table: str) -> "models.QuerySet[Any]":
    """The rows of a table that an import made and that still stand."""
    reach = of_import.reach.get(table, (1, 0))
    rows = cast("Any", TABLES[table])._default_manager
    return cast("models.QuerySet[Any]", rows.filter(pk__range=reach, created_in=of_import))


def _customers_only_it_knows(of_import: Import) -> "models.QuerySet[Customer]":
    mine = _made_by(of_import, "customers").filter(merged_into=None, merged=None)
    for table in (*RECORDS, "identities"):
        rows = cast("Any", TABLES[table])._default_manager.filter(customer=models.OuterRef("pk"))
        mine = mine.filter(~models.Exists(rows))
    for noted, field in _resting_on(Customer):
        # A row that says by whom is a colleague's own word on the customer.
        if any(one.name == "by" for one in noted._meta.get_fields()):
            rows = noted._default_manager.filter(**{field: models.OuterRef("pk")})
            mine = mine.filter(~models.Exists(rows))
    return mine


def _resting_on(model: type[models.Model]) -> "list[tuple[Any, str]]":
    """What other rooms keep about the rows of an evidence table: the model, and its field that points there."""
    evidence = {*TABLES.values(), *DERIVED.values(), CustomerSummary}
    return [
        (relation.related_model, relation.field.name)
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel)
        and relation.on_delete is models.CASCADE
        and relation.related_model not in evidence
    ]


def _delete(table: str, rows: "models.QuerySet[Any]") -> int:
    """Remove rows and tell the caches; constant memory in the number of rows."""
    removed = 0
    while found := list(
        rows.order_by("pk").values_list("pk", "customer_id" if table != "customers" else "pk")[
            :10_000
        ]
    ):
        keys = [key for key, _ in found]
        if table == "customers":
            CustomerSummary.objects.filter(pk__in=keys).delete()
        else:
            mark_stale("customers", {owner for _, owner in found if owner is not None})
        for kept, field in _resting_on(TABLES[table]):
            kept._default_manager.filter(**{f"{field}__in": keys}).delete()
        with removing(table, keys):
            # Straight to the table: what points here was removed just before, in its own turn.
            TABLES[table]._default_manager.filter(pk__in=keys)._raw_delete("default")  # noqa: SLF001
        removed += len(keys)
    return removed


@transaction.atomic
def forget_draft(*, of_import: Import, by: User | None) -> None:
    """Drop a file that was never imported."""
    current = Import.objects.select_for_update().get(pk=of_import.pk)
    if current.state != Import.State.DRAFT:
        raise NotNow(current.state)
    record(Verb.REMOVED, current, by=by, about=current.file_name)
    current.file.delete(save=False)
    current.delete()
