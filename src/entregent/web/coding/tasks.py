"""Choosing texts, learning and asking a model, outside of a request."""

from django_tasks import task

from entregent.web.coding import actions
from entregent.web.coding.models import Queue, Training, Trial

SOMEBODY_WAITS = 50
"""Before what nobody is looking at: a person has this page open."""


@task(priority=SOMEBODY_WAITS)
def fill_queue(queue_id: int) -> None:
    actions.fill_queue(Queue.objects.get(pk=queue_id))


@task(priority=SOMEBODY_WAITS)
def ask_model(queue_id: int) -> None:
    actions.run_proposals(Queue.objects.get(pk=queue_id))


@task(priority=SOMEBODY_WAITS)
def train(training_id: int) -> None:
    actions.run_training(Training.objects.get(pk=training_id))


@task(priority=SOMEBODY_WAITS)
def run_trial(trial_id: int) -> None:
    actions.run_trial(Trial.objects.get(pk=trial_id))
