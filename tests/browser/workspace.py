"""Fills the empty workspace that the browser's tests share; run once, in a process of its own."""

import io
from datetime import date

import django

PASSWORD = "une phrase de passe longue"
PEOPLE = {
    "adviser": ("claire@exemple.fr", "Claire Petit"),
    "manager": ("marc@exemple.fr", "Marc Vasseur"),
    "analyst": ("anais@exemple.fr", "Anaïs Roche"),
    "officer": ("odile@exemple.fr", "Odile Blanc"),
    "administrator": ("ada@exemple.fr", "Ada Lenoir"),
    # An adviser whom nobody else signs in as, for what changes an account.
    "newcomer": ("denis@exemple.fr", "Denis Nouvel"),
}
# Keys of what the tests look at, in the order it is made.
NADIA = 151
IMPORTED, DRAFT, UNREADABLE = 1, 2, 3
LETTERS = """client;e-mail;date;message
L1;luc.garnier@exemple.fr;02/03/2026;Merci pour votre réponse rapide.
L2;;jamais;Toujours rien reçu.
L3;;03/03/2387;Je paierai plus tard.
"""


def fill() -> None:
    from tests.web.factories import nadia, neighbours

    from entregent.adapters.demo_firm import generate_firm
    from entregent.web.accounts.actions import add_person
    from entregent.web.evidence.refresh import refresh_everything
    from entregent.web.sources.demo import load_demo

    for key, (email, name) in PEOPLE.items():
        role = "adviser" if key == "newcomer" else key
        add_person(email=email, password=PASSWORD, name=name, role=role)
    load_demo(generate_firm(seed=7, customers=150, today=date.today()))
    assert nadia().pk == NADIA
    neighbours()
    make_imports()
    refresh_everything()
    make_decision()
    make_plan()
    play_playbooks()
    make_themes()
    make_coding()


def make_imports() -> None:
    from entregent.adapters.intake.mapping import Mapping
    from entregent.web.sources import actions

    names = ("courriers.csv", "a-verifier.csv", "vide.csv")
    contents = (LETTERS, LETTERS, "")
    done, draft, unreadable = (
        actions.receive_file(file=io.BytesIO(content.encode()), name=name, by=None)
        for name, content in zip(names, contents, strict=True)
    )
    assert (done.pk, draft.pk, unreadable.pk) == (IMPORTED, DRAFT, UNREADABLE)
    meant = Mapping(
        columns={"client": ["identity.key"], "e-mail": ["identity.email"], "date": ["at"], "message": ["interaction.text"]},
        constants={"interaction.channel": "letter", "interaction.direction": "in"},
    )  # fmt: skip
    actions.settle_import(
        of_import=done, source_name="Courriers", mapping=meant, choices={}, shape="", by=None
    )
    actions.run_import(done.pk)


def make_themes() -> None:
    from entregent.web.themes import actions

    actions.propose(actions.ask_for_themes(by=None))


def make_decision() -> None:
    from entregent.web.accounts.models import User
    from entregent.web.decisions.actions import record_decision
    from entregent.web.decisions.demo import declare_demo_changes

    today = date.today()
    change, *_ = declare_demo_changes(today)
    record_decision(
        change=change,
        balances={"customer": 0.31, "firm": 0.18},
        by=User.objects.get(role="manager"),
        decided="Ouvrir l’espace en ligne sans fermer le guichet",
        reasons="Les deux plateaux penchent du même côté.",
        customers_would_say="Oui, si l’on peut encore parler à quelqu’un.",
        decided_by="Marc Vasseur",
        look_again_on=today,
    )


def make_plan() -> None:
    from datetime import timedelta

    from entregent.web.accounts.models import User
    from entregent.web.plans import actions
    from entregent.web.plans.measures import reckoned
    from entregent.web.plans.queries import PlanAsked, concerned_by, counted
    from entregent.web.relationships.queries import latest_reckoning

    by = User.objects.get(role="manager")
    asked = PlanAsked(origin="basic_exchange", family="exchange", goal="business_partner")
    told = reckoned(asked, latest_reckoning(), counted(concerned_by(by, asked)))
    look_on = date.today() + timedelta(days=90)
    actions.write_plan(
        asked=asked, told=told, name="Mériter des partenaires", owner=by, look_on=look_on, by=by
    )


def make_coding() -> None:
    """A queue that two people finished and differ in, one that corrects the machine, a training to decide on."""
    from entregent.web.accounts.models import User
    from entregent.web.coding import actions
    from entregent.web.coding.models import Training, Trial
    from entregent.web.coding.queries import places_of, readings_of

    people = [User.objects.get(role=role) for role in ("administrator", "analyst")]
    known = {"by": people[0], "per_text": 2, "size": 4}
    finished = actions.open_queue(
        people=people, name="Avis du printemps", codes=["effort", "stage"], **known
    )
    correcting = actions.open_queue(
        people=people, name="Relire la machine", codes=["sentiment"], blind=False, **known
    )
    for queue in (finished, correcting):
        actions.fill_queue(queue)
    for text in finished.texts.select_related("words", "queue"):
        row = readings_of([text.words])[text.words_id]
        for place in places_of(text.queue, text.words, len(row.text)):
            for person in people:
                value = "high" if person == people[0] and text.rank == 0 else "low"
                actions.say(text=text, place=place, code="effort", value=value, by=person)
                actions.say_rest(text=text, place=place, by=person)
    score = {"f1": 0.61, "low": 0.5, "high": 0.7}
    Training.objects.create(
        state=Training.State.DONE, folder="to-decide", coder="entregent-fast 0a1b2c3d",
        before="entregent-fast", codes=["sentiment"], learned=30, held_out=12, by=people[0],
        figures=[
            {"head": "sentiment", "n": 40, "before": score, "after": score | {"f1": 0.66}, "gain": {"value": 0.05, "low": -0.01, "high": 0.1}},
            {"head": "trust", "n": 4, "before": None, "after": None, "gain": None},
        ],
    )  # fmt: skip
    right = {"value": 0.8, "low": 0.6, "high": 0.9, "f1": None}
    Trial.objects.create(
        state=Trial.State.DONE, model="petit-modele", beside="entregent-fast", texts=4, by=people[0],
        figures=[{"head": "sentiment", "n": 12, "model": right, "coder": right}],
    )  # fmt: skip


def play_playbooks() -> None:
    from entregent.web.playbooks.demo import play_demo_playbooks

    play_demo_playbooks()


if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill()
