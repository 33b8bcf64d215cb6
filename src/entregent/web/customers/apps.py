from django.apps import AppConfig


class CustomersRoom(AppConfig):
    name = "entregent.web.customers"
    label = "customers"
