from django.apps import AppConfig


class PlansRoom(AppConfig):
    name = "entregent.web.plans"
    label = "plans"

    def ready(self) -> None:
        from entregent.web.customers.copies import tells
        from entregent.web.plans import copy

        tells("plans", copy.plans)
