from django.apps import AppConfig


class CodingRoom(AppConfig):
    name = "entregent.web.coding"
    label = "coding"
