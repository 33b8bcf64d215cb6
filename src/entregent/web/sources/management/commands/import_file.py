"""Import a file from the shell: the same reading, the same account as in the browser."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.readers.batches import UnreadableFile
from entregent.adapters.readers.choices import Choices
from entregent.adapters.readers.sentences import sentence
from entregent.web.evidence.models import Import, Source
from entregent.web.evidence.refresh import refresh_everything
from entregent.web.sources import actions
from entregent.web.sources.reading import reading_of


class Command(BaseCommand):
    help = "Import a file: entregent import FILE --source NAME"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True)
        parser.add_argument(
            "--mapping", type=Path, help="a JSON file that says what the columns mean"
        )
        parser.add_argument(
            "--choices", default="{}", help="JSON: encoding, delimiter, sheet, day_first…"
        )
        parser.add_argument("--rejected", type=Path, help="write the rejected rows here")
        parser.add_argument(
            "--later", action="store_true", help="leave search, lists and snapshot for later"
        )

    def handle(
        self,
        *,
        file: Path,
        source: str,
        mapping: Path | None,
        choices: str,
        later: bool,
        **options: Any,  # noqa: ARG002
    ) -> None:
        if not file.is_file():
            raise CommandError(f"{file} is not a file; nothing was stored.")
        chosen, meant = _chosen(choices), _meant(mapping)
        of_import = self._waiting(file, source) or self._received(file, source, meant, chosen)
        of_import = actions.run_import(of_import.pk)
        self._print(of_import)
        if not later:
            refresh_everything()
        if of_import.state != Import.State.DONE:
            raise CommandError(
                "The import stopped; what is counted above is stored. Run the same command to go on."
            )

    def _waiting(self, file: Path, source: str) -> Import | None:
        """The same file of the same source, stopped half-way: it is gone on with, not begun again."""
        stopped = Import.objects.filter(
            source__name=source, file_name=file.name, file_bytes=file.stat().st_size,
            state__in=[Import.State.RUNNING, Import.State.FAILED, Import.State.WAITING],
        ).last()  # fmt: skip
        if stopped is None or stopped.file_digest != actions.digest_of(file):
            return None
        if stopped.state == Import.State.RUNNING and not actions.is_abandoned(stopped):
            raise CommandError("This very file is being imported right now.")
        return stopped

    def _received(
        self, file: Path, source: str, mapping: Mapping | None, choices: dict[str, Any]
    ) -> Import:
        with file.open("rb") as content:
            of_import = actions.receive_file(file=content, name=file.name, by=None)
        of_import.choices = choices
        try:
            reading = reading_of(of_import)
        except UnreadableFile as problem:
            actions.forget_draft(of_import=of_import, by=None)
            raise CommandError(sentence(problem.reason, "en")) from problem
        for notice in reading.notices:
            self.stdout.write(f"note: {sentence(notice, 'en')}")
        known = Source.objects.filter(name=source).first()
        if mapping is not None:
            meant = mapping
        elif (
            known is not None
            and known.mapping
            and known.shape == (reading.shape or "")
            and set(known.mapping["columns"]) <= set(reading.columns)
        ):
            meant = Mapping.model_validate(known.mapping)
        else:
            meant = reading.mapping
        return actions.settle_import(
            of_import=of_import,
            source_name=source,
            mapping=meant,
            choices=choices,
            shape=reading.shape or "",
            by=None,
        )

    def _print(self, of_import: Import) -> None:
        for name in ("rows_read", "created", "updated", "unchanged", "rejected"):
            self.stdout.write(f"{name.replace('_', ' '):>10} {getattr(of_import, name):>12,}")
        for table, rows in sorted(of_import.evidence.items()):
            self.stdout.write(f"{table:>14} {rows:>8,}")
        if of_import.rejected:
            codes: dict[str, int] = {}
            for code in of_import.rejected_rows.values_list("code", flat=True).iterator():
                codes[code] = codes.get(code, 0) + 1
            for code, rows in sorted(codes.items(), key=lambda pair: -pair[1]):
                self.stdout.write(f"  rejected {rows:>8,}  {code}")


def _chosen(choices: str) -> dict[str, Any]:
    """How the file is to be read, from what was typed."""
    try:
        return Choices.model_validate_json(choices).model_dump(
            exclude_none=True, exclude_defaults=True
        )
    except ValidationError as problem:
        raise CommandError(f"--choices: {_first(problem)}; nothing was stored.") from problem


def _meant(mapping: Path | None) -> Mapping | None:
    """What the columns mean, from a file."""
    if mapping is None:
        return None
    try:
        return Mapping.model_validate_json(mapping.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(
            f"--mapping: {mapping} cannot be read as text; nothing was stored."
        ) from problem
    except ValidationError as problem:
        raise CommandError(f"--mapping: {_first(problem)}; nothing was stored.") from problem


def _first(problem: ValidationError) -> str:
    """The first thing wrong, in one line."""
    wrong = problem.errors()[0]
    where = ".".join(str(part) for part in wrong["loc"])
    return f"{where}: {wrong['msg']}" if where else wrong["msg"]
