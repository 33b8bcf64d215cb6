from typing import Any

from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class EvidenceRoom(AppConfig):
    name = "entregent.web.evidence"
    label = "evidence"

    def ready(self) -> None:
        from entregent.web.evidence import indexes, news

        def restore_indexes(**_news: Any) -> None:
            indexes.restore_indexes()

        news.listen_to_new_words()
        pre_migrate.connect(restore_indexes, sender=self, weak=False, dispatch_uid="indexes")
