from django.apps import AppConfig


class BoardRoom(AppConfig):
    name = "entregent.web.board"
    label = "board"

    def ready(self) -> None:
        from entregent.web.board.measures import warm
        from entregent.web.evidence.signals import snapshot_refreshed

        snapshot_refreshed.connect(warm, dispatch_uid="board")
