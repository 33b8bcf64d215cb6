"""Work on the evidence, outside of a request."""

from django_tasks import task

from entregent.web.evidence import coded_words


@task()
def code_new_words() -> None:
    coded_words.code_new_words()
