"""The demonstration workspace: a fictional firm, stored as any evidence is."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from entregent.adapters.demo_firm import generate_firm
from entregent.web.sources.demo import StoreNotEmpty, load_demo


class Command(BaseCommand):
    help = "Fill an empty store with a fictional firm."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=2000)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--today", type=date.fromisoformat, required=True)

    def handle(self, *, customers: int, seed: int, today: date | str, **options: Any) -> None:  # noqa: ARG002
        today = date.fromisoformat(today) if isinstance(today, str) else today
        try:
            counts = load_demo(generate_firm(seed=seed, customers=customers, today=today))
        except StoreNotEmpty as problem:
            raise CommandError(
                "The store already holds customers: the fictional firm is only loaded into an empty one. Nothing was changed."
            ) from problem
        self.stdout.write(", ".join(f"{rows:,} {table}" for table, rows in counts.items()))
