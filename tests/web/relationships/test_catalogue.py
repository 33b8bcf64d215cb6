"""The firm's own catalogue: edited, added to, switched off, by pages and by file; versions are kept."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.web.factories import customer

from entregent.adapters.catalogue.problems import CatalogueRefused
from entregent.adapters.catalogue.shelf import shipped
from entregent.web.audit.models import Entry, Verb
from entregent.web.relationships import catalogue_actions as actions
from entregent.web.relationships.actions import UnknownKind, standing_model
from entregent.web.relationships.catalogue import (
    holding_one,
    kind_name,
    kind_of,
    outcome_of,
    relationships,
)
from entregent.web.relationships.catalogue_forms import KindForm
from entregent.web.relationships.measures.editing import content_of, differences, edits_of
from entregent.web.relationships.models import CatalogueVersion, Reckoning

KINDS = "/comprendre/relations/genres/"
CATALOGUE = "/comprendre/relations/genres/catalogue/"
LAST = len(shipped().relationships.kinds)


@pytest.fixture(autouse=True)
def _without_the_firm_of_the_room(db):
    """These tests need no evidence."""


@pytest.fixture
def firm():
    return None


@pytest.fixture(autouse=True)
def _its_snapshot(settings, tmp_path):
    settings.SNAPSHOT_FOLDER = tmp_path


def _content(kind="fling", **changed):
    return content_of(relationships().kind(kind)) | changed


def _posted(kind="fling", **changed):
    its = relationships().kind(kind) if kind else None
    form = KindForm(kind=its, seen=changed.pop("seen", 0))
    values = {name: form[name].value() for name in form.fields}
    values = {
        name: value for name, value in values.items() if value is not None and value is not False
    }
    return values | changed


def _renamed(french, seen=0, by=None):
    name = {"fr": french, "en": "Passing fancy"}
    return actions.edit_kind(kind="fling", content=_content(name=name), seen=seen, by=by)


def _nothing_kept():
    return not CatalogueVersion.objects.exists() and not Entry.objects.exists()


def test_an_edit_is_one_version_and_one_audit_row_and_says_only_what_differs(manager):
    version = _renamed("Toquade", by=manager)
    assert kind_name("fling") == "Toquade"
    assert edits_of(version.edits) == {
        "kinds": {"fling": {"name": {"fr": "Toquade", "en": "Passing fancy"}}}
    }
    assert (version.number, version.did, version.kind) == (1, "edited", "fling")
    entry = Entry.objects.get()
    assert (entry.by, entry.verb, entry.about) == (manager, Verb.CHANGED, "Toquade")
    assert entry.facts == {"number": 1, "did": "edited", "changed": 2}


def test_a_rewritten_wish_is_marked_as_the_firm_s_own():
    wish = {"fr": "Du nouveau chaque mois.", "en": "Something new each month."}
    actions.edit_kind(kind="fling", content=_content(wants=wish), seen=0, by=None)
    assert kind_of("fling").wants_source == "E"
    assert kind_of("fling").breaks_source == shipped().relationships.kind("fling").breaks_source


def test_putting_back_the_package_s_words_gives_back_its_mark():
    wish = {"fr": "Du nouveau.", "en": "Something new."}
    old = shipped().relationships.kind("basic_exchange")
    actions.edit_kind(
        kind="basic_exchange", content=_content("basic_exchange", wants=wish), seen=0, by=None
    )
    again = actions.edit_kind(kind="basic_exchange", content=content_of(old), seen=1, by=None)
    assert kind_of("basic_exchange") == old
    assert again.edits == ""
    assert relationships().fingerprint == shipped().relationships.fingerprint


def test_an_added_kind_is_recognised_priced_in_and_marked_as_the_firm_s(manager):
    content = _content(name={"fr": "Voisin de palier", "en": "Next-door neighbour"})
    version = actions.add_kind(content=content, seen=0, by=manager)
    its = kind_of("ours_next_door_neighbour")
    assert (version.kind, len(relationships().in_use)) == (its.id, LAST + 1)
    assert (its.label_source, its.wants_source, its.source_label) == (
        ("E",), "E", "Next-door neighbour",
    )  # fmt: skip
    assert its.id in relationships().space().kinds
    assert Entry.objects.get().verb == Verb.CREATED


def test_a_kind_switched_off_is_no_longer_inferred_and_comes_back():
    actions.switch_kind(kind="fling", off=True, seen=0, by=None)
    assert "fling" not in relationships().space().kinds
    assert kind_name("fling") == shipped().relationships.kind("fling").name.fr
    actions.switch_kind(kind="fling", off=False, seen=1, by=None)
    assert relationships() == shipped().relationships


def test_editing_a_kind_leaves_it_switched_off():
    actions.switch_kind(kind="fling", off=True, seen=0, by=None)
    _renamed("Toquade", seen=1)
    assert kind_of("fling").switched_off


def test_the_last_kind_of_a_family_stays_and_it_is_said_why():
    with pytest.raises(CatalogueRefused) as refused:
        actions.switch_kind(kind="master_servant", off=True, seen=0, by=None)
    assert refused.value.said("fr") == [
        "relations.yaml, ligne 1, families › demanding\u00a0: la famille «\u00a0Exigence\u00a0» n’a plus aucun genre en service\u202f; gardez-en un."
    ]
    assert _nothing_kept()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"axes": {"valence": 9}}, "valence is 9; its scale runs from -3 to 3."),
        ({"family": "freind"}, '"freind" is not known here; did you mean "friend"?'),
        ({"also_open_to": ["nowhere"]}, '"nowhere" is not known here.'),
    ],
)
def test_what_the_catalogue_refuses_changes_nothing(content, said):
    if "axes" in content:
        content = {"axes": _content()["axes"] | content["axes"]}
    with pytest.raises(CatalogueRefused) as refused:
        actions.edit_kind(kind="fling", content=_content(**content), seen=0, by=None)
    assert said in refused.value.said("en")[0]
    assert _nothing_kept()
    assert relationships() is shipped().relationships


def test_two_people_do_not_write_over_each_other():
    _renamed("Toquade")
    with pytest.raises(actions.Overtaken):
        _renamed("Béguin", seen=0)
    assert (kind_name("fling"), CatalogueVersion.objects.count()) == ("Toquade", 1)


def test_saying_the_same_is_no_version():
    with pytest.raises(actions.NothingChanged):
        actions.edit_kind(kind="fling", content=_content(), seen=0, by=None)
    with pytest.raises(UnknownKind):
        actions.edit_kind(kind="nobody", content=_content(), seen=0, by=None)
    assert _nothing_kept()


def test_one_returns_to_any_version_and_nothing_is_lost(manager):
    _renamed("Toquade")
    _renamed("Béguin", seen=1)
    back = actions.return_to(number=1, by=manager)
    assert (kind_name("fling"), back.number, back.returned_to) == ("Toquade", 3, 1)
    actions.return_to(number=0, by=manager)
    assert relationships() == shipped().relationships
    assert [one.number for one in CatalogueVersion.objects.all()] == [4, 3, 2, 1]
    with pytest.raises(actions.NoSuchVersion):
        actions.return_to(number=9, by=manager)
    assert CatalogueVersion.objects.count() == 4


def test_what_was_inferred_keeps_the_catalogue_it_was_inferred_with():
    old = Reckoning.objects.create(
        at=datetime(2026, 11, 1, tzinfo=UTC), finished_at=timezone.now(), snapshot_version=1,
        sector="any", made_by="x",
    )  # fmt: skip
    actions.switch_kind(kind="fling", off=True, seen=0, by=None)
    assert "fling" in standing_model(old).kinds.space.kinds
    old.catalogue = CatalogueVersion.objects.get().fingerprint
    assert "fling" not in standing_model(old).kinds.space.kinds


def test_everybody_is_estimated_again_once_a_version_is_in_force(
    settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.RECKONS_RELATIONSHIPS = True
    with django_capture_on_commit_callbacks() as after:
        _renamed("Toquade")
    assert [callback.__self__.name for callback in after] == ["reckon_all"]
    with django_capture_on_commit_callbacks() as after, pytest.raises(actions.NothingChanged):
        _renamed("Toquade", seen=1)
    assert after == []


def test_edits_that_no_longer_fit_the_package_leave_its_catalogue_in_force():
    outcome = outcome_of("kinds: {gone: {name: {fr: Parti}}}")
    assert outcome.in_force is shipped().relationships
    assert not outcome.taken


def test_a_page_asks_once_which_catalogue_is_in_force(django_assert_num_queries):
    _renamed("Toquade")
    kind_name("fling")
    with django_assert_num_queries(1), holding_one():
        assert {kind_name("fling") for _time in range(5)} == {"Toquade"}


def test_differences_are_told_in_words():
    before = relationships()
    axes = _content()["axes"] | {"valence": 1}
    actions.edit_kind(kind="fling", content=_content(axes=axes), seen=0, by=None)
    actions.switch_kind(kind="kinship", off=True, seen=1, by=None)
    said = [(one.what, one.old, one.new) for one in differences(before, relationships())]
    old = before.kind("fling").axes.valence
    assert said == [("éteint", "non", "oui"), ("coordonnée, Sentiment", f"{old:g}", "1")]


# Pages


@pytest.mark.parametrize("person", ["adviser", "analyst", "officer"])
def test_others_look_but_change_nothing(request, as_person, person):
    client = as_person(request.getfixturevalue(person))
    _renamed("Toquade")
    before = Entry.objects.count()
    for address in (
        KINDS, f"{KINDS}fling/", f"{CATALOGUE}versions/", f"{CATALOGUE}versions/1/",
        f"{CATALOGUE}versions/0/",
    ):  # fmt: skip
        page = client.get(address)
        assert page.status_code == 200, address
        assert "Mettre en vigueur" not in page.text
        assert "Revenir à cette version" not in page.text
    for address in (f"{KINDS}fling/modifier/", f"{CATALOGUE}ajouter/", f"{CATALOGUE}fichier/"):
        assert client.get(address).status_code == 403
        assert client.post(address, _posted(seen=1)).status_code == 403
    assert client.post(f"{KINDS}fling/allumer/", {"to": "off"}).status_code == 403
    assert client.post(f"{CATALOGUE}versions/0/revenir/").status_code == 403
    assert (kind_name("fling"), Entry.objects.count()) == ("Toquade", before)


def test_the_list_counts_where_claims_come_from_and_never_names_them_the_authors(
    as_person, analyst
):
    page = as_person(analyst).get(KINDS).text
    assert "29 genres en service, en 9 familles." in page
    assert "lu dans une source pour 17 d’entre eux, proposé par Entregent pour 12." in page
    assert "Ce n’est la liste d’aucun des auteurs cités." in page
    assert "Proposé par Entregent, sans autre autorité que son raisonnement." in page


@pytest.mark.parametrize("person", ["manager", "administrator"])
def test_those_who_keep_the_catalogue_edit_a_kind(request, as_person, person):
    client = as_person(request.getfixturevalue(person))
    assert "Que faut-il dire du genre" in client.get(f"{KINDS}fling/modifier/").text
    page = client.post(f"{KINDS}fling/modifier/", _posted(name_fr="Toquade"), follow=True)
    assert page.redirect_chain == [(f"{KINDS}fling/", 302)]
    assert "version 1" in page.text
    assert "Ce que votre entreprise a changé" in page.text
    assert kind_name("fling") == "Toquade"
    assert kind_of("fling").rules == shipped().relationships.kind("fling").rules


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"valence": "9"}, "inférieure ou égale à 3"),
        ({"name_en": ""}, "obligatoire"),
        ({"rules_fr": "Une\nDeux\nTrois\nQuatre\nCinq"}, "Autant de phrases dans les deux langues"),
        ({"seen": 4}, "Quelqu’un a changé le catalogue"),
        ({"family": "nowhere"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_mistake_is_said_beside_the_field_and_the_old_version_stays(
    as_person, manager, changed, said
):
    page = as_person(manager).post(f"{KINDS}fling/modifier/", _posted(**changed))
    assert page.status_code == 422
    assert said in page.text
    assert "l’ancienne version reste en vigueur" in page.text
    assert _nothing_kept()


def test_a_kind_is_added_then_switched_off_by_its_page(as_person, manager):
    client = as_person(manager)
    posted = _posted(name_fr="Voisin de palier", name_en="Next-door neighbour")
    page = client.post(f"{CATALOGUE}ajouter/", posted, follow=True)
    address = f"{KINDS}ours_next_door_neighbour/"
    assert page.redirect_chain == [(address, 302)]
    page = client.post(f"{address}allumer/", {"to": "off"}, follow=True)
    assert "Éteint\u00a0: personne n’est plus estimé de ce genre." in page.text
    assert "Voisin de palier" in client.get(KINDS).text
    assert kind_of("ours_next_door_neighbour").switched_off


def test_a_family_s_last_kind_says_why_it_stays(as_person, manager):
    page = as_person(manager).post(f"{KINDS}master_servant/allumer/", {"to": "off"}, follow=True)
    assert "n’a plus aucun genre en service" in page.text
    assert _nothing_kept()


def test_the_history_shows_the_change_and_returns(as_person, manager):
    client = as_person(manager)
    _renamed("Toquade", by=manager)
    page = client.get(f"{CATALOGUE}versions/1/").text
    assert "Toquade" in page
    assert "Marc Vasseur" in page
    client.post(f"{CATALOGUE}versions/0/revenir/")
    assert kind_name("fling") == shipped().relationships.kind("fling").name.fr
    assert client.get(f"{CATALOGUE}versions/9/").status_code == 404
    assert client.post(f"{CATALOGUE}versions/9/revenir/").status_code == 404


def test_the_firm_s_file_goes_out_and_comes_back_the_same(as_person, manager):
    client = as_person(manager)
    _renamed("Toquade")
    file = client.get(f"{CATALOGUE}relations.yaml").content
    actions.return_to(number=0, by=None)
    page = client.post(
        f"{CATALOGUE}fichier/", {"file": SimpleUploadedFile("firme.yaml", file)}, follow=True
    )
    assert page.redirect_chain == [(f"{CATALOGUE}versions/3/", 302)]
    assert kind_name("fling") == "Toquade"
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == [Verb.CHANGED, Verb.EXPORTED, Verb.UNDID, Verb.IMPORTED]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"kinds:\n  fling: {axes: {valance: 1}}\n", "ligne 2, kinds › fling › axes\u00a0: «\u00a0valance\u00a0» n’est pas connu ici\u202f; vouliez-vous écrire «\u00a0valence\u00a0»\u202f?"),
        (b"kinds: [", "le fichier ne se lit pas comme du YAML"),
        (b"\xff\xfe", "pas du texte en UTF-8"),
        (b"# rien\n", "Ce fichier ne change rien"),
    ],
)  # fmt: skip
def test_a_file_with_a_mistake_changes_nothing_and_says_the_line(as_person, manager, file, said):
    page = as_person(manager).post(
        f"{CATALOGUE}fichier/", {"file": SimpleUploadedFile("firme.yaml", file)}
    )
    assert page.status_code == 422
    assert said in page.text.replace("&#x27;", "'")
    assert _nothing_kept()


def test_pages_ask_as_much_of_the_store_however_many_versions_there_are(as_person, manager):
    client = as_person(manager)
    customer()

    def asked():
        counts = []
        for address in (
            KINDS,
            f"{KINDS}fling/",
            f"{CATALOGUE}versions/",
            f"{KINDS}fling/modifier/",
        ):
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
        return counts

    _renamed("Un")
    asked()
    once = asked()
    for number in range(1, 6):
        _renamed(f"Nom {number}", seen=number)
    client.get(KINDS)
    assert asked() == once
