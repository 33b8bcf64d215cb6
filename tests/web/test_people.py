from types import SimpleNamespace

import pytest

from entregent.web.accounts.actions import LastAdministrator, change_person
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import POWERS, Power, Role
from entregent.web.audit.models import Entry
from entregent.web.relationships import news
from entregent.web.relationships.catalogue import relationships, sector_of
from entregent.web.workspace.actions import change_workspace
from entregent.web.workspace.models import Sector, Workspace

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_sign_in(client):
    answer = client.get("/donnees/audit/", SERVER_NAME="localhost")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/compte/login/?next=/donnees/audit/",
    )


def test_every_role_has_its_powers_and_only_the_administrator_has_all():
    assert set(POWERS) == set(Role.values)
    assert [role for role in Role.values if POWERS[role] == frozenset(Power)] == [
        Role.ADMINISTRATOR
    ]


@pytest.mark.parametrize("who", ["adviser", "analyst", "manager"])
def test_the_audit_trail_is_closed_to_those_who_do_not_answer_for_it(who, request, as_person):
    answer = as_person(request.getfixturevalue(who)).get("/donnees/audit/")
    assert answer.status_code == 403
    assert "Cette page est réservée" in answer.text


def test_a_person_without_the_power_cannot_add_a_colleague(manager, as_person):
    answer = as_person(manager).post(
        "/donnees/collegues/nouveau/",
        {
            "email": "x@exemple.fr",
            "name": "X",
            "role": "administrator",
            "password": "douze caractères",
        },
    )
    assert answer.status_code == 403
    assert not User.objects.filter(email="x@exemple.fr").exists()


def test_the_last_administrator_stays_one(administrator):
    with pytest.raises(LastAdministrator):
        change_person(person=User.objects.get(pk=administrator.pk), role=Role.ADVISER)
    assert User.objects.get(pk=administrator.pk).role == Role.ADMINISTRATOR


def test_the_page_says_why_the_last_administrator_stays(administrator, as_person):
    answer = as_person(administrator).post(
        f"/donnees/collegues/{administrator.pk}/",
        {
            "email": administrator.email,
            "name": "Ada",
            "role": "adviser",
            "is_active": "on",
            "language": "",
        },
    )
    assert "au moins un administrateur actif" in answer.text
    assert User.objects.get(pk=administrator.pk).role == Role.ADMINISTRATOR


def test_french_comes_first_whatever_the_browser_says(client, db):
    page = client.get("/compte/login/", SERVER_NAME="localhost", headers={"Accept-Language": "en"})
    assert '<html lang="fr">' in page.text


def test_the_language_switch_is_kept(manager, as_person):
    person = as_person(manager)
    person.post("/langue/", {"language": "en", "next": "/compte/2fa/"})
    assert '<html lang="en">' in person.get("/compte/2fa/").text


def test_changing_a_convention_leaves_an_audit_row(manager, as_person):
    as_person(manager).post(
        "/donnees/reglages/",
        {
            "firm": "Maison", "sector": "retail", "currency": "EUR", "answer_target_seconds": 30, "answer_target_share": 80,
            "abandoned_calls": "missed", "case_target_days": 10, "retention_months": 60,
            "contacts_per_30_days": 4, "days_between_contacts": 3, "days_between_same_action": 30,
        },
    )  # fmt: skip
    entry = Entry.objects.get()
    assert (entry.by, entry.verb, entry.kind) == (manager, "changed", "workspace")
    assert "answer_target_seconds" in entry.about


def test_a_refused_convention_changes_nothing(manager, as_person):
    answer = as_person(manager).post("/donnees/reglages/", {"answer_target_seconds": 0})
    assert answer.status_code == 200
    assert not Entry.objects.exists()


def test_every_trade_of_the_catalogue_can_be_chosen_and_no_other():
    assert set(Sector.values) == set(relationships().priors.sectors)
    for sector in Sector.values:
        assert sector_of(Workspace(sector=sector)) == sector


def test_another_trade_has_relationships_inferred_anew(
    manager, settings, django_capture_on_commit_callbacks, monkeypatch
):
    settings.RECKONS_RELATIONSHIPS = True
    asked = []
    everybody = SimpleNamespace(enqueue=lambda: asked.append("all"))
    monkeypatch.setattr(news, "tasks", SimpleNamespace(reckon_all=everybody))
    with django_capture_on_commit_callbacks(execute=True):
        change_workspace(workspace=Workspace(sector="bank"), changed=["sector"], by=manager)
    with django_capture_on_commit_callbacks(execute=True):
        change_workspace(workspace=Workspace(firm="Maison"), changed=["firm"], by=manager)
    assert asked == ["all"]
