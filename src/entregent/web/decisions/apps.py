from django.apps import AppConfig


class DecisionsRoom(AppConfig):
    name = "entregent.web.decisions"
    label = "decisions"

    def ready(self) -> None:
        from entregent.web.decisions import news
        from entregent.web.evidence.signals import snapshot_refreshed

        snapshot_refreshed.connect(news.evidence_moved_on, dispatch_uid="decisions")
