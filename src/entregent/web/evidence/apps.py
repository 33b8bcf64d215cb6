from django.apps import AppConfig


class EvidenceRoom(AppConfig):
    name = "entregent.web.evidence"
    label = "evidence"

    def ready(self) -> None:
        from entregent.web.evidence import news

        news.listen_to_new_words()
