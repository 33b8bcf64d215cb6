from django.apps import AppConfig


class VerbatimsRoom(AppConfig):
    name = "entregent.web.verbatims"
    label = "verbatims"
