from django.apps import AppConfig


class CustomersRoom(AppConfig):
    name = "entregent.web.customers"
    label = "customers"

    def ready(self) -> None:
        from entregent.web.customers import copy_words
        from entregent.web.customers.copies import tells

        tells("identity", copy_words.identity)
        tells("exchanges", copy_words.exchanges)
        tells("payments", copy_words.payments)
        tells("replies", copy_words.replies)
        tells("cases", copy_words.cases)
        tells("agreements", copy_words.agreements)
        tells("consents", copy_words.consents)
        tells("worked_out", copy_words.worked_out)
