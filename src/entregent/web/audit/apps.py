from django.apps import AppConfig


class AuditRoom(AppConfig):
    name = "entregent.web.audit"
    label = "audit"
