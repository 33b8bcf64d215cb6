"""Themes of the words known now, for a workspace that has none yet."""

from typing import Any

from django.core.management.base import BaseCommand

from entregent.web.themes.actions import ask_for_themes, propose
from entregent.web.themes.models import Theme


class Command(BaseCommand):
    help = "Propose themes from customers' words, if there is none yet."

    def handle(self, **options: Any) -> None:  # noqa: ARG002
        if not Theme.objects.exists():
            propose(ask_for_themes(by=None))
            self.stdout.write(f"{Theme.objects.count()} themes proposed from customers’ words")
