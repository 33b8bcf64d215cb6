from django.apps import AppConfig


class RelationshipsRoom(AppConfig):
    name = "entregent.web.relationships"
    label = "relationships"

    def ready(self) -> None:
        from entregent.web.evidence.signals import snapshot_refreshed
        from entregent.web.relationships import news

        snapshot_refreshed.connect(news.evidence_moved_on, dispatch_uid="relationships")
        news.listen_to_new_rows()
