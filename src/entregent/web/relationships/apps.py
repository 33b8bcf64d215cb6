from django.apps import AppConfig


class RelationshipsRoom(AppConfig):
    name = "entregent.web.relationships"
    label = "relationships"

    def ready(self) -> None:
        from entregent.web.customers.copies import tells
        from entregent.web.evidence.signals import snapshot_refreshed
        from entregent.web.relationships import copy, news
        from entregent.web.workspace.signals import sector_changed

        snapshot_refreshed.connect(news.evidence_moved_on, dispatch_uid="relationships")
        sector_changed.connect(news.trade_changed, dispatch_uid="relationships")
        news.listen_to_new_rows()
        tells("relationship", copy.relationship)
