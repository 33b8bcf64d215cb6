"""The worker: takes up what an interruption left, then runs jobs as they come."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from entregent.web.evidence.indexes import restore_indexes
from entregent.web.sources import actions, tasks


class Command(BaseCommand):
    help = "Run long jobs; imports that an interruption left are taken up first."

    def handle(self, **options: Any) -> None:  # noqa: ARG002
        restore_indexes()
        for of_import in actions.interrupted_imports(timezone.now()):
            tasks.run.enqueue(of_import.pk)
        call_command("db_worker", interval=0.3, startup_delay=False, reload=False)
