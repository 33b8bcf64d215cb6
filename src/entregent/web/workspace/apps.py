from django.apps import AppConfig


class WorkspaceRoom(AppConfig):
    name = "entregent.web.workspace"
    label = "workspace"
