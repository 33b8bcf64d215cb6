"""Two changes of the fictional firm, declared as its people would: one in each mode."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from entregent.web.decisions.demo import declare_demo_changes


class Command(BaseCommand):
    help = "Declare two changes of the fictional firm, if none is declared."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, required=True)

    def handle(self, *, today: date | str, **options: Any) -> None:  # noqa: ARG002
        today = date.fromisoformat(today) if isinstance(today, str) else today
        if declared := declare_demo_changes(today):
            names = ", ".join(change.name for change in declared)
            self.stdout.write(f"{len(declared)} changes declared: {names}")
