"""Three playbooks of the fictional firm, switched on as its people would, with their first actions."""

from typing import Any

from django.core.management.base import BaseCommand

from entregent.web.playbooks.demo import play_demo_playbooks


class Command(BaseCommand):
    help = "Switch on three playbooks of the fictional firm, if none was touched."

    def handle(self, **options: Any) -> None:  # noqa: ARG002
        for playbook in play_demo_playbooks():
            self.stdout.write(playbook.key)
