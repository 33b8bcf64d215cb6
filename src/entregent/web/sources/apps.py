from django.apps import AppConfig


class SourcesRoom(AppConfig):
    name = "entregent.web.sources"
    label = "sources"
