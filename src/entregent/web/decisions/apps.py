from django.apps import AppConfig


class DecisionsRoom(AppConfig):
    name = "entregent.web.decisions"
    label = "decisions"

    def ready(self) -> None:
        from entregent.web.customers.copies import tells
        from entregent.web.customers.signals import erasing
        from entregent.web.decisions import copy, news
        from entregent.web.evidence.signals import snapshot_refreshed

        snapshot_refreshed.connect(news.evidence_moved_on, dispatch_uid="decisions")
        erasing.connect(news.customer_erased, dispatch_uid="decisions")
        tells("changes", copy.changes)
