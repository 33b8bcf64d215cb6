"""Playbooks are said, simulated, and only then switched on; what was said before is kept."""

import io

import pytest
from tests.web.factories import days_ago, said

from entregent.web.audit.models import Entry
from entregent.web.playbooks.actions import keeping
from entregent.web.playbooks.catalogue import CannotBePlayed, content_of, ready
from entregent.web.playbooks.models import Action, Playbook, Simulation, Version
from entregent.web.playbooks.queries import standing_playbook, standing_playbooks
from entregent.web.relationships.models import Reckoning

pytestmark = pytest.mark.django_db
LIST = "/agir/conduites/"


def content(key="broken_promise", **other):
    return content_of(ready()[key]) | other


def test_the_catalogues_playbooks_are_there_switched_off_before_anybody_touches_them(
    adviser, as_person
):
    page = as_person(adviser).get(LIST)
    assert all(not row["standing"].on for row in page.context["off"])
    assert len(page.context["off"]) == len(ready())
    assert "Promesse non tenue" in page.text
    assert not Playbook.objects.exists()


@pytest.mark.parametrize("address", ["", "conduites/", "conduites/broken_promise/"])
def test_a_stranger_is_sent_to_sign_in(client, db, address):
    answer = client.get(f"/agir/{address}")
    assert answer.status_code == 302
    assert "/compte/login/" in answer["Location"]


@pytest.mark.parametrize(
    "address",
    ["nouvelle/", "fichier/", "broken_promise/modifier/", "broken_promise/simuler/",
     "broken_promise/en-service/", "broken_promise/arret/"],
)  # fmt: skip
@pytest.mark.parametrize("role", ["adviser", "officer"])
def test_who_does_not_decide_changes_no_playbook(firm, request, as_person, address, role):
    person = as_person(request.getfixturevalue(role))
    assert person.post(LIST + address, {"held_out_percent": 0}).status_code == 403
    assert not Playbook.objects.exists()
    assert not Action.objects.exists()


def test_nothing_is_switched_on_before_it_was_simulated(firm, manager, as_person):
    person = as_person(manager)
    page = person.post(f"{LIST}broken_promise/en-service/", {"held_out_percent": 0}, follow=True)
    assert "simulez d’abord cette version" in page.text
    assert standing_playbook("broken_promise").on is False
    assert not Action.objects.exists()
    with pytest.raises(keeping.NotSimulated):
        keeping.switch_on(key="broken_promise", held_out_percent=0, by=manager)


def test_a_simulation_tells_who_and_creates_no_action(firm, manager, as_person):
    page = as_person(manager).post(f"{LIST}broken_promise/simuler/", follow=True)
    figures = page.context["figures"]
    assert (figures["customers"], figures["concerned"], figures["to_play"]) == (10, 3, 3)
    assert figures["families"] == [["exchange", 3]]
    assert page.context["share"] == pytest.approx(0.3)
    assert {row["customer"] for row in page.context["first"]} == set(firm.broken)
    assert "Promesses non tenues\u00a0: 1" in page.text
    assert not Action.objects.exists()
    assert "Rien n’a été créé" in page.text


def test_a_simulation_tells_who_is_left_out_and_why(firm, manager, as_person):
    for _ in range(2):
        said(firm.consenting[0], "Une offre", at=days_ago(12), direction="out")
    page = as_person(manager).post(f"{LIST}something_new/simuler/", follow=True)
    figures = page.context["figures"]
    # Four like novelty; one is held, and no offer is made to them.
    assert figures["concerned"] == 3
    assert dict(map(tuple, figures["refused"])) == {"no_consent": 1, "too_many": 1}
    assert figures["to_play"] == 1
    assert firm.held not in {
        row["customer"] for row in (*page.context["first"], *page.context["left_out"])
    }


def test_an_answer_that_is_owed_asks_no_consent(firm):
    assert keeping.simulate(key="broken_promise", by=None).figures["refused"] == []


def test_a_consent_nobody_was_ever_asked_for_is_told(firm, manager, as_person):
    keeping.write_version(
        key="broken_promise", content=content(purpose="relationship"), person=None, by=manager
    )
    page = as_person(manager).post(f"{LIST}broken_promise/simuler/", follow=True)
    assert page.context["figures"]["purpose_unknown"]
    assert "personne ne peut être contacté" in page.text


def test_nothing_is_simulated_before_relationships_are_inferred(firm, manager, as_person):
    Reckoning.objects.all().delete()
    page = as_person(manager).post(f"{LIST}broken_promise/simuler/", follow=True)
    assert "aucune relation n’est encore estimée" in page.text
    assert not Simulation.objects.exists()


def test_a_new_version_waits_until_it_is_simulated_too(firm, in_force, manager):
    in_force(by=manager)
    version = keeping.write_version(
        key="broken_promise", content=content(deadline_days=5), person=None, by=manager
    )
    standing = standing_playbook("broken_promise")
    assert (standing.on, standing.newer, standing.may_be_switched_on) == (True, True, False)
    assert standing.played.deadline_days == 2
    with pytest.raises(keeping.NotSimulated):
        keeping.switch_on(key="broken_promise", held_out_percent=0, by=manager)
    keeping.simulate(key="broken_promise", by=manager)
    keeping.switch_on(key="broken_promise", held_out_percent=0, by=manager)
    assert Playbook.objects.get().in_force == version
    assert [one.number for one in Version.objects.all()] == [2, 1]


def test_saying_the_same_again_makes_no_version(db, manager):
    keeping.write_version(key="broken_promise", content=content(), person=None, by=manager)
    assert Version.objects.count() == 1


def edited(page, **other):
    """The form as it stands on the page, with some answers changed."""
    given = {}
    for field in page.context["form"]:
        value = field.value()
        if value not in (None, False):
            given[field.html_name] = "on" if value is True else value
    return given | other


def test_every_shipped_playbook_goes_through_its_form_unchanged(db, manager, as_person):
    person = as_person(manager)
    for key, entry in ready().items():
        address = f"{LIST}{key}/modifier/"
        answer = person.post(address, edited(person.get(address)))
        assert answer.status_code == 302, (key, answer.context["form"].errors)
        after = standing_playbook(key).entry
        kept = after.model_dump(exclude={"all", "unless"})
        assert kept == entry.model_dump(exclude={"all", "unless"}), key
        assert {c.field for c in after.all} == {c.field for c in entry.all}, key


def test_a_condition_is_asked_in_plain_words(firm, manager, as_person):
    person = as_person(manager)
    address = f"{LIST}ask_to_know/modifier/"
    page = person.get(address)
    person.post(
        address,
        edited(page, **{"all-abstains": "", "all-revenue_last_year-least": "",
                        "all-family": ["adventure", "friend"], "all-family_probability-least": "50"}),
    )  # fmt: skip
    entry = standing_playbook("ask_to_know").entry
    assert [(c.field, c.one_of, c.at_least) for c in entry.all] == [
        ("family", ("adventure", "friend"), None), ("family_probability", None, 0.5),
    ]  # fmt: skip
    assert "Famille de relation\u00a0: Aventure ou Amitié" in person.get(f"{LIST}ask_to_know/").text
    assert keeping.simulate(key="ask_to_know", by=manager).figures["concerned"] == 4


def test_a_playbook_about_everybody_is_refused_and_nothing_changes(db, manager, as_person):
    person = as_person(manager)
    address = f"{LIST}broken_promise/modifier/"
    answer = person.post(address, edited(person.get(address), **{"all-promises_broken-least": ""}))
    assert answer.status_code == 422
    assert "viserait tout le monde" in answer.text
    assert not Version.objects.filter(number=2).exists()


def test_an_offer_to_those_who_are_held_is_refused_and_nothing_changes(db, manager, as_person):
    person = as_person(manager)
    address = f"{LIST}constraint_into_pledge/modifier/"
    answer = person.post(address, edited(person.get(address), offers="on"))
    assert answer.status_code == 422
    assert "une offre ne vise jamais un client par ce qui le tient ou le blesse" in answer.text
    assert not Version.objects.exists()
    with pytest.raises(CannotBePlayed):
        keeping.write_version(
            key="constraint_into_pledge", by=manager, person=None,
            content=content("constraint_into_pledge", offers=True),
        )  # fmt: skip


def test_a_playbook_is_copied_then_lives_its_own_life(firm, manager, as_person):
    person = as_person(manager)
    address = f"{LIST}nouvelle/?copie=broken_promise"
    given = edited(
        person.get(address), name_fr="Promesse, version agence", name_en="", copied="broken_promise"
    )
    page = person.post(f"{LIST}nouvelle/", given, follow=True)
    copy = standing_playbook("ours_promesse_version_agence")
    assert copy.own
    assert copy.entry.name.en == "Promesse, version agence"
    assert [(c.field, c.at_least) for c in copy.entry.all] == [("promises_broken", 1)]
    assert "Voyez qui elle concerne" in page.text
    assert not standing_playbook("broken_promise").own


def test_switched_off_it_draws_nothing_more_and_its_actions_stay_unless_withdrawn(
    firm, in_force, draw, manager, as_person
):
    in_force(by=manager)
    assert Action.objects.filter(state="open").count() == 3
    person = as_person(manager)
    person.post(f"{LIST}broken_promise/arret/")
    assert Action.objects.filter(state="open").count() == 3
    assert draw()["drawn"] == 0
    again = person.post(f"{LIST}broken_promise/arret/", {"withdraw": "1"}, follow=True)
    assert "déjà à l’arrêt" in again.text
    assert Action.objects.filter(state="open").count() == 3
    in_force(by=manager)
    person.post(f"{LIST}broken_promise/arret/", {"withdraw": "1"})
    assert not Action.objects.filter(state="open").exists()
    assert set(Action.objects.values_list("because", flat=True)) == {"switched_off"}


def file_of(text, name="nos-conduites.yaml"):
    return {"file": io.BytesIO(text.encode()) if not hasattr(text, "read") else text}


def test_a_faulty_file_says_where_and_leaves_everything_in_force(
    firm, in_force, manager, as_person
):
    in_force(by=manager)
    before = [one.entry for one in standing_playbooks()]
    wrong = io.BytesIO(b"playbooks:\n  broken_promise:\n    deadline_days: 1\n    chanel: phone\n")
    wrong.name = "nos-conduites.yaml"
    answer = as_person(manager).post(f"{LIST}fichier/", {"file": wrong})
    assert answer.status_code == 422
    assert "Rien n’a été repris" in answer.text
    assert "nos-conduites.yaml, ligne 4" in answer.text
    assert "vouliez-vous écrire" in answer.text
    assert [one.entry for one in standing_playbooks()] == before
    assert standing_playbook("broken_promise").on


def test_a_file_changes_adds_and_leaves_alone(db, manager, as_person):
    person = as_person(manager)
    text = person.get(f"{LIST}fichier/conduites.yaml").text
    same = io.BytesIO(text.encode())
    same.name = "conduites.yaml"
    page = person.post(f"{LIST}fichier/", {"file": same}, follow=True)
    assert "rien n’a changé" in page.text
    assert not Version.objects.exists()
    other = io.BytesIO(text.replace("id: broken_promise", "id: ours_word_given").replace("  broken_promise:", "  ours_word_given:").encode())  # fmt: skip
    other.name = "conduites.yaml"
    person.post(f"{LIST}fichier/", {"file": other})
    assert standing_playbook("ours_word_given").own
    assert not standing_playbook("ours_word_given").on


def test_every_decision_is_in_the_trail(firm, in_force, manager):
    in_force(by=manager)
    keeping.switch_off(key="broken_promise", withdraw_open=False, by=manager)
    told = Entry.objects.filter(kind="playbook").order_by("pk")
    assert [one.facts.get("switched") for one in told] == ["on", "off"]


def test_who_acts_with_customers_does_not_learn_who_is_left_alone(
    firm, in_force, manager, adviser, as_person
):
    keeping.simulate(key="broken_promise", by=manager)
    Playbook.objects.update(held_out_percent=50)
    made = keeping.simulate(key="broken_promise", by=manager)
    made.customers.update(refusal="held_out")
    address = f"{LIST}broken_promise/simulations/{made.pk}/"
    assert len(as_person(manager).get(address).context["left_out"]) == 3
    page = as_person(adviser).get(address)
    assert page.context["left_out"] == []
    assert "Client A" not in page.text
