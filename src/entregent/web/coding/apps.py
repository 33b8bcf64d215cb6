from django.apps import AppConfig


class CodingRoom(AppConfig):
    name = "entregent.web.coding"
    label = "coding"

    def ready(self) -> None:
        from entregent.web.coding import copy, news
        from entregent.web.customers.copies import tells
        from entregent.web.customers.signals import erasing

        erasing.connect(news.customer_erased, dispatch_uid="coding")
        tells("words", copy.words)
