from django.apps import AppConfig


class EvidenceRoom(AppConfig):
    name = "entregent.web.evidence"
    label = "evidence"
