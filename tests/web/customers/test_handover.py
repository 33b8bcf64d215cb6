from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone
from tests.web.factories import agreed, customer, nadia, said

from entregent.web.audit.models import Entry, Verb
from entregent.web.customers.actions import sharing
from entregent.web.customers.actions.sharing import NoLongerShared, share_handover, shared_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def her():
    return nadia()


def test_the_sheet_tells_a_stranger_what_to_know_before_tomorrow(her, adviser, as_person):
    page = as_person(adviser).get(f"/comprendre/clients/{her.pk}/releve/").text
    for words in (
        "Ne jamais appeler avant 17 h", "attestations partent le jour même", "La rappeler avec le nom de l’expert",
        "Solde de l’indemnisation versé", "SIN-88213", "Toujours rien reçu pour le remboursement", "J. Moreau",
        "lettre d’information (consentement retiré)", "Multirisque habitation", "+33612345678", "Claire Petit",
    ):  # fmt: skip
        assert words in page
    assert Entry.objects.get(verb=Verb.LOOKED).object_id == str(her.pk)


def test_the_sheet_of_somebody_we_hardly_know_says_what_is_not_known(adviser, as_person):
    page = as_person(adviser).get(f"/comprendre/clients/{customer('Nouveau').pk}/releve/").text
    for words in (
        "Rien de noté",
        "Aucune promesse en attente",
        "Aucun dossier ouvert",
        "Aucun message écrit",
    ):
        assert words in page


def test_the_sheet_is_a_pdf_too_and_leaves_a_trace(her, adviser, as_person):
    answer = as_person(adviser).get(f"/comprendre/clients/{her.pk}/releve.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert Entry.objects.get(verb=Verb.PRINTED).facts == {"form": "pdf"}


def test_no_address_in_a_text_makes_the_server_call_out(her, adviser, as_person):
    said(her, '<img src="http://192.0.2.1/x.png"> regardez http://192.0.2.1/')
    agreed(her, "tacit", '<link rel="stylesheet" href="http://192.0.2.1/x.css">')
    assert (
        as_person(adviser)
        .get(f"/comprendre/clients/{her.pk}/releve.pdf")
        .content.startswith(b"%PDF-")
    )


def test_printing_from_the_browser_leaves_a_trace(her, adviser, as_person):
    assert (
        as_person(adviser).post(f"/comprendre/clients/{her.pk}/releve/imprime/").status_code == 204
    )
    assert Entry.objects.get().facts == {"form": "paper"}


def test_a_shared_link_opens_for_colleagues_and_only_for_them(
    her, adviser, manager, as_person, client
):
    page = as_person(adviser).post(f"/comprendre/clients/{her.pk}/releve/partager/").text
    start = page.index("http://localhost/comprendre/clients/releve-partage/")
    link = page[start : page.index('"', start)]
    assert Entry.objects.get(verb=Verb.SHARED).facts == {"days": 7}
    address = link.removeprefix("http://localhost")
    assert "Nadia Benali" in as_person(manager).get(address).text
    assert Entry.objects.filter(verb=Verb.LOOKED, by=manager).exists()
    assert (
        client.get(address, SERVER_NAME="localhost")
        .headers["Location"]
        .startswith("/compte/login/")
    )


def test_an_expired_or_altered_link_opens_nothing(her, adviser, as_person, monkeypatch):
    token = share_handover(customer=her, by=adviser)
    assert shared_customer(token) == her.pk
    with pytest.raises(NoLongerShared):
        shared_customer(token[:-1] + ("a" if token[-1] != "a" else "b"))
    with pytest.raises(NoLongerShared):
        shared_customer(signing.dumps([her.pk, adviser.pk], salt="elsewhere"))
    monkeypatch.setattr(sharing, "LENT_FOR", timedelta(seconds=-1))
    answer = as_person(adviser).get(f"/comprendre/clients/releve-partage/{token}/")
    assert answer.status_code == 410
    assert "sept jours" in answer.text
    assert not Entry.objects.filter(verb=Verb.LOOKED).exists()


def test_a_promise_we_broke_is_something_to_avoid_again(adviser, as_person):
    person = customer()
    agreed(
        person,
        "promise",
        "Rappeler lundi",
        until=timezone.localdate() - timedelta(days=30),
        kept=False,
    )
    assert (
        "Rappeler lundi\u202f» ne l’a pas été"
        in as_person(adviser).get(f"/comprendre/clients/{person.pk}/releve/").text
    )
