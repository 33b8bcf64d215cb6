from django.apps import AppConfig


class SharedRoom(AppConfig):
    name = "entregent.web.shared"
    label = "shared"
