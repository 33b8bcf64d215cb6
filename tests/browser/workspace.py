"""Fills the empty workspace that the browser's tests share; run once, in a process of its own."""

from datetime import date

import django

PASSWORD = "une phrase de passe longue"
PEOPLE = {
    "adviser": ("claire@exemple.fr", "Claire Petit"),
    "manager": ("marc@exemple.fr", "Marc Vasseur"),
    "analyst": ("anais@exemple.fr", "Anaïs Roche"),
    "officer": ("odile@exemple.fr", "Odile Blanc"),
    "administrator": ("ada@exemple.fr", "Ada Lenoir"),
}


def fill() -> None:
    from tests.web.factories import nadia, neighbours

    from entregent.adapters.demo_firm import generate_firm
    from entregent.web.accounts.actions import add_person
    from entregent.web.evidence.refresh import refresh_everything
    from entregent.web.sources.demo import load_demo

    for role, (email, name) in PEOPLE.items():
        add_person(email=email, password=PASSWORD, name=name, role=role)
    load_demo(generate_firm(seed=7, customers=150, today=date.today()))
    nadia()
    neighbours()
    refresh_everything()


if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill()
