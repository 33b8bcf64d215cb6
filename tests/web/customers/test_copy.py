"""The customer's own copy: all that is recorded and all that is inferred; and an erasure reaches it all."""

import io
import json
import zipfile
from datetime import date

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.web.factories import allowed, answered, customer, nadia, paid, said, summarise

from entregent.web.audit.models import Entry, Verb
from entregent.web.coding.models import Coding, Words
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.customers.actions.merging import merge_customers, undo_merge
from entregent.web.customers.queries.weight import evidence_weight
from entregent.web.decisions.models import Change, GuideUse, Heard, Item, Quote
from entregent.web.evidence.models import CodedSegment, CodedText, Customer
from entregent.web.plans.models import Plan, PlannedCustomer
from entregent.web.playbooks.catalogue import content_of, ready
from entregent.web.playbooks.models import Action, Playbook, SimulatedCustomer, Simulation, Version
from entregent.web.relationships.catalogue import relationships
from entregent.web.relationships.models import Overruling, Profile, Reckoning
from entregent.web.themes.models import Mention, Theme

pytestmark = pytest.mark.django_db
TELLING = "Le tout-en-ligne me fait peur, je n’y comprends rien."


@pytest.fixture
def her(manager):
    """Somebody of whom every room keeps something."""
    person = nadia()
    paid(person, "240.00")
    answered(person, 4, "On me fait répéter.")
    allowed(person, "phone_marketing", given_at=timezone.now())
    words = said(person, TELLING)
    summarise(person)
    _relationship(person, manager)
    _change(person, words, manager)
    _coded(person, words, manager)
    _acted(person)
    merge_customers(kept=person, duplicate=customer("N. Bénali"), by=manager)
    return person


def _relationship(person, by):
    families = [0.0] * len(relationships().families)
    families[1], families[0] = 0.7, 0.3
    reckoning = Reckoning.objects.create(
        at=timezone.now(), finished_at=timezone.now(), snapshot_version=1, sector="any",
        made_by="relationships 0a1b", customers=1,
    )  # fmt: skip
    Profile.objects.create(
        customer=person, reckoning=reckoning, computed_at=timezone.now(), kind="teammate",
        kind_probability=0.52, second_kind="business_partner", second_probability=0.18,
        family="partner", family_probability=0.7, families=families, abstains=False,
        contradicts=False, pieces=6, said_kind="buddy", said_family="friend", shown_kind="buddy",
        shown_family="friend", stage="commitment", stage_probability=0.61, trust=0.4,
        trust_error=0.1, trust_in={"integrity": [0.3, 0.2, 0.5]}, dedication=0.66,
        dedication_low=0.5, dedication_high=0.8, constraint=0.2, constraint_low=0.1,
        constraint_high=0.4, quadrant="dedicated", quadrant_probability=0.7,
        wanted=[2, 0, 3, 1, 3], wanted_error=[0.5] * 5, given=[1, 1, 1, 2, 2],
        given_error=[0.5] * 5, closeness=-1.2, closeness_error=0.4, off=0.8, direction=-1,
        known={"nps": 4.0, "tenure_days": 2400.0},
    )  # fmt: skip
    Overruling.objects.create(
        customer=person, kind="buddy", reason="Elle passe dire bonjour.", inferred="teammate", by=by
    )


def _change(person, words, by):
    change = Change.objects.create(
        name="Passer en ligne", target="ouvrir votre espace", for_whom="tous", beneficiary="both",
        since=date(2026, 1, 1), cycle_days=30, by=by,
    )  # fmt: skip
    item = Item.objects.create(change=change, cell="change_against", text="peur du tout-en-ligne")
    Quote.objects.create(
        item=item, kind="echange", row=words.pk, customer=person, said_at=words.at,
        text="Le tout-en-ligne me fait peur", by=by,
    )  # fmt: skip
    Heard.objects.create(
        change=change, kind="echange", row=words.pk, place=1, customer=person, said_at=words.at,
        text="je n’y comprends rien", near=0.7, talk="sustain", talk_confidence=0.8,
        cell="change_against",
    )  # fmt: skip
    GuideUse.objects.create(
        change=change, customer=person, piece="open_1", mode="neutral", followed="sustain", by=by
    )


def _coded(person, words, by):
    text = CodedText.objects.create(
        interaction=words,
        coder="entregent-fast",
        relationship="partner",
        relationship_confidence=0.6,
    )
    segment = CodedSegment.objects.create(
        of_text=text, position=0, start=0, end=len(TELLING), movement="A", movement_confidence=0.7,
        sentiment="-", sentiment_confidence=0.9, justice="", justice_confidence=0.9, trust=None,
        trust_confidence=0.2,
    )  # fmt: skip
    theme = Theme.objects.create(name="Espace client")
    Mention.objects.create(segment=segment, theme=theme, closeness=0.8)
    kept = Words.objects.create(
        kind="echange", row=words.pk, digest="d" * 32, places=[[0, len(TELLING)]], customer=person
    )
    Coding.objects.create(words=kept, start=0, end=len(TELLING), code="sentiment", value="-", by=by)


def _acted(person):
    book = Playbook.objects.create(key="broken_promise")
    version = Version.objects.create(
        playbook=book, number=1, entry=content_of(ready()["broken_promise"])
    )
    today = timezone.localdate()
    Action.objects.create(
        playbook=book, version=version, customer=person, contacts=True, priority=3, channel="phone",
        facts={"promises_broken": 1}, drawn_at=timezone.now(), due_on=today, first_due_on=today,
        role="adviser", look_on=today, state="done", reply="welcomed", note="Soulagée d’être rappelée.",
    )  # fmt: skip
    plan = Plan.objects.create(name="Vers l’amitié", origin="teammate", goal="buddy")
    PlannedCustomer.objects.create(plan=plan, customer=person, kind="teammate", probability=0.52)
    simulation = Simulation.objects.create(version=version, figures={})
    SimulatedCustomer.objects.create(
        simulation=simulation, customer=person, refusal="too_soon", facts={"promises_broken": 1}
    )


def _copy(client, person):
    answer = client.get(f"/comprendre/clients/{person.pk}/copie/")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
        return {name: files.read(name).decode() for name in files.namelist()}


def test_the_copy_is_one_archive_to_read_in_two_languages_and_for_a_machine(
    her, officer, as_person
):
    files = _copy(as_person(officer), her)
    assert list(files) == ["votre-copie.html", "your-copy.html", "data.json"]
    assert '<html lang="fr">' in files["votre-copie.html"]
    assert '<html lang="en">' in files["your-copy.html"]


def test_what_is_recorded_is_all_there(her, officer, as_person):
    held = json.loads(_copy(as_person(officer), her)["data.json"])
    assert held["customer"]["name"] == "Nadia Benali"
    assert {table: len(held[table]) for table in evidence_weight(her)} == evidence_weight(her)
    assert "row_key" not in held["interactions"][0]


def test_what_is_inferred_is_there_as_it_is_stored(her, officer, as_person):
    derived = json.loads(_copy(as_person(officer), her)["data.json"])["derived"]
    estimate = derived["relationship"]["relationship_estimates"][0]
    assert (estimate["families"]["partner"], estimate["families"]["exchange"]) == (0.7, 0.3)
    assert (estimate["wanted"]["frequency"], estimate["given"]["speed"]) == (2, 2)
    assert estimate["known"] == {"nps": 4.0, "tenure_days": 2400.0}
    assert (
        derived["relationship"]["relationship_corrections"][0]["reason"]
        == "Elle passe dire bonjour."
    )
    assert derived["changes"]["change_stages"][0] == {
        "change": Change.objects.get().pk, "name": "Passer en ligne", "stage": "precontemplation",
        "firm": False, "change_talk": 0.0, "sustain_talk": 1.0, "ambivalence": None,
    }  # fmt: skip
    assert derived["words"]["coded_segments"][0]["movement"] == "A"
    assert derived["words"]["codings"][0]["value"] == "-"
    assert derived["themes"]["themes"][0]["theme"] == "Espace client"
    assert derived["playbooks"]["actions"][0]["note"] == "Soulagée d’être rappelée."
    assert derived["playbooks"]["simulations"][0]["refusal"] == "too_soon"
    assert derived["plans"]["planned"][0]["kind"] == "teammate"
    assert derived["identity"]["merges"][0]["moved"] is not None


def test_estimates_are_called_estimates_in_plain_french_and_english(her, officer, as_person):
    files = _copy(as_person(officer), her)
    french, english = files["votre-copie.html"], files["your-copy.html"]
    for words in (
        "Partenariat 70\u202f%, Échange 30\u202f%", "Coéquipiers 52\u202f%", "Elle passe dire bonjour.",
        "Envie de rester", "66\u202f%", "Passer en ligne", "je n’y comprends rien", "Espace client",
        "Soulagée d’être rappelée.", "estimation", TELLING,
    ):  # fmt: skip
        assert words in french, words
    for words in ("Partnership 70%, Exchange 30%", "Teammates 52%", "estimate", "Wish to stay"):
        assert words in english, words
    for name in ("Marc", "Vasseur"):
        assert name not in french + english + files["data.json"]


def test_a_customer_of_whom_nothing_is_inferred_reads_so(officer, as_person):
    files = _copy(as_person(officer), customer("Étienne Le Goff"))
    assert files["votre-copie.html"].count("Nous ne détenons rien de cet ordre.") == 13
    derived = json.loads(files["data.json"])["derived"]
    assert not any(rows for part in derived.values() for rows in part.values())


def test_words_of_a_customer_cannot_write_the_page(officer, as_person):
    person = customer("Ève")
    said(person, "<script>alert(1)</script>")
    assert "<script>" not in _copy(as_person(officer), person)["votre-copie.html"]


def test_a_copy_is_one_audit_row_and_never_kept_by_the_browser(her, officer, as_person):
    before = Entry.objects.count()
    answer = as_person(officer).get(f"/comprendre/clients/{her.pk}/copie/")
    assert answer["Content-Disposition"] == f'attachment; filename="client-{her.pk}.zip"'
    assert "no-store" in answer["Cache-Control"]
    entry = Entry.objects.get(verb=Verb.EXPORTED)
    assert (entry.by, entry.object_id, entry.facts) == (officer, str(her.pk), {"form": "zip"})
    assert Entry.objects.count() == before + 1


def test_the_copy_is_closed_to_those_who_may_not_export(her, adviser, as_person):
    before = Entry.objects.count()
    assert as_person(adviser).get(f"/comprendre/clients/{her.pk}/copie/").status_code == 403
    assert Entry.objects.count() == before


def test_the_copy_asks_as_much_of_the_store_whatever_is_held(her, officer, as_person):
    client = as_person(officer)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            _copy(client, her)
        return len(queries)

    once = asked()
    for rank in range(4):
        said(her, f"Encore un mot, le {rank}.")
        paid(her, "10.00")
    assert asked() == once


# Erasure


def _tables_of_customers():
    return [
        (model, one.name)
        for model in apps.get_models()
        for one in model._meta.concrete_fields
        if one.related_model is Customer and model is not Customer
    ]


def test_every_table_that_names_a_customer_is_filled_here_and_emptied_by_an_erasure(her, officer):
    tables = _tables_of_customers()
    assert len(tables) >= 16
    for model, column in tables:
        if column != "duplicate":
            assert model._default_manager.filter(**{column: her.pk}).exists(), model
    erase_customer(customer=her, by=officer, reason="demande")
    for model, column in tables:
        assert not model._default_manager.filter(**{f"{column}__isnull": False}).exists(), model


def test_no_table_holds_a_word_or_a_name_after_an_erasure(her, officer):
    erase_customer(customer=her, by=officer, reason="demande")
    written = json.dumps(
        [list(model._default_manager.values()) for model in apps.get_models()], default=str,
        ensure_ascii=False,
    )  # fmt: skip
    for telling in (
        "Nadia", "Benali", "Bénali", "exemple.fr/nadia", "tout-en-ligne me fait", "comprends rien",
        "dire bonjour", "Soulagée",
    ):  # fmt: skip
        assert telling not in written, telling


def test_passages_kept_under_another_s_name_go_with_whoever_said_them(officer, manager):
    """Chosen while two files were one, then parted: the passage still bears the other's number."""
    kept, other = customer("Une"), customer("Autre")
    words = said(other, TELLING)
    merge = merge_customers(kept=kept, duplicate=other, by=manager)
    _change(kept, words, manager)
    _coded(kept, words, manager)
    undo_merge(merge=merge, by=manager)
    GuideUse.objects.all().delete()
    erase_customer(customer=other, by=officer, reason="demande")
    assert not Quote.objects.exists()
    assert not Heard.objects.exists()
    assert not Words.objects.exists()
    assert not Coding.objects.exists()
    assert Customer.objects.get() == kept
