"""Choosing texts, learning and asking a model, outside of a request."""

from django_tasks import task

from entregent.web.coding import actions
from entregent.web.coding.models import Queue, Training, Trial


@task()
def fill_queue(queue_id: int) -> None:
    actions.fill_queue(Queue.objects.get(pk=queue_id))


@task()
def train(training_id: int) -> None:
    actions.run_training(Training.objects.get(pk=training_id))


@task()
def run_trial(trial_id: int) -> None:
    actions.run_trial(Trial.objects.get(pk=trial_id))
