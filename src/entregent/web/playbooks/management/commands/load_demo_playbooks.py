"""Three playbooks of the fictional firm, switched on as its people would, with their first actions."""

from typing import Any

from django.core.management.base import BaseCommand

from entregent.web.playbooks.demo import play_demo_playbooks


class Command(BaseCommand):
    help = "Switch on three playbooks of the fictional firm, if none was touched."

    def handle(self, **options: Any) -> None:  # noqa: ARG002
        if switched_on := play_demo_playbooks():
            names = ", ".join(playbook.key for playbook in switched_on)
            self.stdout.write(f"{len(switched_on)} playbooks switched on: {names}")
