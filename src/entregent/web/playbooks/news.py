"""Actions follow what is inferred: for everybody after a reckoning, for one after a new row."""

from functools import partial
from typing import Any

from django.db import transaction

from entregent.web.playbooks import tasks
from entregent.web.playbooks.models import Playbook


def everybody_reckoned(**_news: Any) -> None:
    if Playbook.objects.exclude(in_force=None).exists():
        transaction.on_commit(tasks.draw_all.enqueue)


def customer_reckoned(customer_id: int, **_news: Any) -> None:
    if Playbook.objects.exclude(in_force=None).exists():
        transaction.on_commit(partial(tasks.draw_customer.enqueue, customer_id))
