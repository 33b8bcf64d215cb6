from django.apps import AppConfig


class CodingRoom(AppConfig):
    name = "entregent.web.coding"
    label = "coding"

    def ready(self) -> None:
        from django.db.models.signals import post_save, pre_delete

        from entregent.web.coding import copy, held, news
        from entregent.web.customers.copies import tells
        from entregent.web.customers.signals import erasing
        from entregent.web.evidence.holdings import Holding, holds

        erasing.connect(news.customer_erased, dispatch_uid="coding")
        tells("words", copy.words)
        holds(held.TABLE, Holding(held.human_codings, held.codings_of))
        pre_delete.connect(held.coding_goes, sender="coding.Coding", dispatch_uid="held")
        post_save.connect(held.place_is_settled, sender="coding.Adjudication", dispatch_uid="held")
