"""Inferring relationships, outside of a request."""

from django_tasks import task

from entregent.web.relationships import actions


@task()
def reckon_all() -> None:
    actions.reckon()


@task()
def reckon_customer(customer_id: int) -> None:
    actions.refresh_profile(customer_id)
