"""Drawing actions, outside of a request."""

from django_tasks import task

from entregent.web.playbooks.actions import drawing


@task()
def draw_all() -> None:
    drawing.draw_everybody()


@task()
def draw_customer(customer_id: int) -> None:
    drawing.draw_one(customer_id)
