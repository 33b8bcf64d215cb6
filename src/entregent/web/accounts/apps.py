from django.apps import AppConfig


class AccountsRoom(AppConfig):
    name = "entregent.web.accounts"
    label = "accounts"
