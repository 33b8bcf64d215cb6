"""Reading what customers say of declared changes, outside of a request."""

from django_tasks import task

from entregent.web.decisions.models import Change
from entregent.web.decisions.reading import read_words_about


@task()
def read_words(change_id: int) -> None:
    change = Change.objects.filter(pk=change_id).first()
    if change is not None:
        read_words_about(change)


@task()
def read_all_words() -> None:
    for change in Change.objects.filter(withdrawn_at=None):
        read_words_about(change)
