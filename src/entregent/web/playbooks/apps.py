from django.apps import AppConfig


class PlaybooksRoom(AppConfig):
    name = "entregent.web.playbooks"
    label = "playbooks"

    def ready(self) -> None:
        from entregent.web.customers.copies import tells
        from entregent.web.playbooks import copy, news
        from entregent.web.relationships.signals import customer_reckoned, everybody_reckoned

        everybody_reckoned.connect(news.everybody_reckoned, dispatch_uid="playbooks everybody")
        customer_reckoned.connect(news.customer_reckoned, dispatch_uid="playbooks one")
        tells("playbooks", copy.playbooks)
