from django.apps import AppConfig


class DecisionsRoom(AppConfig):
    name = "entregent.web.decisions"
    label = "decisions"
