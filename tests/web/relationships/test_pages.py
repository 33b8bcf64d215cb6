"""The pages of relationships: who is treated otherwise, the map, the kinds, the panel."""

import csv
import io
import time

import pytest
from tests.web.factories import customer

from entregent.web.audit.models import Entry, Verb
from entregent.web.evidence.models import CustomerSummary
from entregent.web.relationships.catalogue import relationships
from entregent.web.relationships.models import Overruling, Profile, Reckoning

GAPS, MAP = "/comprendre/relations/ecarts/", "/comprendre/relations/carte/"
KINDS = "/comprendre/relations/genres/"


def _of(profile, what=""):
    return f"/comprendre/relations/clients/{profile.pk}/{what}"


@pytest.fixture
def gap(profiles):
    return profiles.exclude(direction=0).order_by("-off").first()


@pytest.mark.parametrize(
    "address", [GAPS, MAP, KINDS, f"{KINDS}buddy/", "/comprendre/relations/familles/friend/"]
)
def test_a_stranger_is_sent_to_sign_in(client, db, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert "/compte/login/" in answer["Location"]


@pytest.mark.parametrize("person", ["adviser", "manager", "analyst", "officer"])
def test_colleagues_read_every_page(firm, request, as_person, person, db):
    client = as_person(request.getfixturevalue(person))
    for address in (GAPS, MAP, f"{MAP}?level=kinds&figure=nps", KINDS, f"{KINDS}buddy/"):
        assert client.get(address).status_code == 200, address


def test_the_list_answers_its_question_with_its_doubt(gap, manager, as_person):
    page = as_person(manager).get(GAPS).content.decode()
    assert "Qui est traité autrement qu’il ne le souhaite" in page
    assert "clients sur 150, entre" in page
    assert str(gap.customer) in page
    assert f"/comprendre/clients/{gap.pk}/#relationship" in page


def test_the_list_names_those_likelier_than_not_and_no_other(profiles, manager, as_person):
    context = as_person(manager).get(GAPS).context
    assert context["listed"] == profiles.exclude(direction=0).count()
    assert {row["profile"].pk for row in context["rows"]} <= set(
        profiles.exclude(direction=0).values_list("pk", flat=True)
    )
    expected = sum(profiles.values_list("off", flat=True))
    assert context["large"].expected == pytest.approx(expected)
    assert context["large"].low < expected < context["large"].high


def test_every_row_says_why_in_words(gap, manager, as_person):
    rows = as_person(manager).get(GAPS).context["rows"]
    assert all(row["reason"] for row in rows)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("direction=close", lambda p: p.direction == 1),
        ("direction=distant", lambda p: p.direction == -1),
        ("wanted=exchange", lambda p: p.shown_family == "exchange"),
        ("given=partner", lambda p: p.treated_as == "partner"),
        ("value=A", lambda p: p.customer.summary.value_class == "A"),
        ("channel=email", lambda p: p.customer.summary.last_channel == "email"),
        ("sure=0.75", lambda p: p.off >= 0.75),
        ("wanted=nonsense&sure=abc&sort=shoe", lambda p: True),
    ],
)
def test_filters_keep_those_who_answer(profiles, manager, as_person, asked, kept):
    listed = as_person(manager).get(f"{GAPS}?{asked}").context["listed"]
    rows = profiles.exclude(direction=0).select_related("customer__summary")
    assert listed == sum(1 for row in rows if kept(row))


@pytest.mark.parametrize(
    "column", ["off", "closeness", "name", "wanted", "given", "revenue", "last"]
)
def test_columns_sort_either_way(profiles, manager, as_person, column):
    client = as_person(manager)
    up, down = (
        [row["profile"].pk for row in client.get(f"{GAPS}?sort={sign}{column}").context["rows"]]
        for sign in ("", "-")
    )
    assert len(up) == len(down) > 1
    assert up != down or len(set(up)) == 1


def test_the_list_is_found_in_as_many_questions_however_long(
    gap, manager, as_person, django_assert_max_num_queries
):
    client = as_person(manager)
    client.get(GAPS)
    with django_assert_max_num_queries(15):
        client.get(GAPS)


def test_a_customer_not_yet_summarised_is_listed_all_the_same(gap, manager, as_person):
    CustomerSummary.objects.all().delete()
    for address in (GAPS, f"{KINDS}{gap.kind}/"):
        assert as_person(manager).get(address).status_code == 200


def test_the_export_holds_the_filtered_list_and_is_written_down(gap, manager, as_person):
    answer = as_person(manager).get(f"{GAPS}export/csv/?direction=close")
    lines = list(
        csv.reader(
            io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"
        )
    )
    assert len(lines) == 1 + Profile.objects.filter(direction=1).count()
    assert lines[0][:4] == ["Numéro", "Nom", "Souhaite", "Reçoit"]
    assert Entry.objects.get(kind="relationships", verb=Verb.EXPORTED).facts["form"] == "csv"


def test_an_adviser_may_not_take_the_list_away(gap, adviser, as_person):
    assert as_person(adviser).get(f"{GAPS}export/csv/").status_code == 403
    assert not Entry.objects.filter(verb=Verb.EXPORTED).exists()


def test_before_any_import_pages_teach_the_next_step(db, manager, as_person):
    Reckoning.objects.all().delete()
    for address in (GAPS, MAP):
        page = as_person(manager).get(address)
        assert page.status_code == 200
        assert "Importer un fichier" in page.content.decode()


class TestMap:
    def test_draws_families_with_their_intervals(self, firm, manager, as_person, db):
        context = as_person(manager).get(MAP).context
        drawn = context["map"]
        assert drawn.picture["height"] == 480
        assert sum(row.customers for row in drawn.rows) == pytest.approx(150, abs=0.1)
        assert all(row.low <= row.customers <= row.high for row in drawn.rows)

    def test_few_customers_are_told_as_too_few(self, firm, manager, as_person, db):
        rows = as_person(manager).get(f"{MAP}?level=kinds").context["map"].rows
        known = [cell for row in rows for cell in row.cells if cell.value is not None]
        assert all(cell.n >= 10 for cell in known)

    def test_says_when_shares_are_mostly_those_of_the_trade(self, firm, manager, as_person, db):
        reckoning = Reckoning.objects.get(pk=firm.reckoning.pk)
        for informed, warned in ((0.04, True), (0.9, False)):
            reckoning.figures = firm.reckoning.figures | {"informed": informed}
            reckoning.save()
            page = as_person(manager).get(MAP).text
            assert ("ne dit quelque chose que de 4" in page) == warned

    def test_moves_are_shown_only_when_told_from_chance(self, firm, manager, as_person, db):
        drawn = as_person(manager).get(MAP).context["map"]
        assert drawn.demonstrated == (firm.reckoning.figures["moves"]["p_value"] < 0.05)

    def test_moves_told_from_chance_are_drawn_as_arrows(self, firm, manager, as_person, db):
        reckoning = Reckoning.objects.get(pk=firm.reckoning.pk)
        reckoning.figures["moves"]["p_value"] = 0.001
        moves = reckoning.figures["moves"]
        names = moves["names"]
        moves["share"][names.index("partner")][names.index("betrayed")] = 0.3
        moves["leaving"][names.index("partner")] = 30.0
        reckoning.save()
        page = as_person(manager).get(MAP)
        assert "trail" in str(page.context["map"].picture)
        assert "Partenariat → Lien blessé" in page.content.decode()

    def test_answers_under_300_milliseconds(self, firm, manager, as_person, db):
        client = as_person(manager)
        client.get(MAP)
        began = time.process_time()
        client.get(MAP)
        assert time.process_time() - began < 0.3


class TestKinds:
    def test_each_kind_has_its_page_with_its_sources(self, firm, manager, as_person, db):
        client = as_person(manager)
        assert len(relationships().in_use) == 29
        for kind in relationships().in_use:
            page = client.get(f"{KINDS}{kind.id}/").content.decode()
            assert kind.rules.fr[0] in page.replace("&#x27;", "'")

    def test_an_unknown_kind_is_not_there(self, firm, manager, as_person, db):
        assert as_person(manager).get(f"{KINDS}soulmate/").status_code == 404
        assert as_person(manager).get("/comprendre/relations/familles/soulmate/").status_code == 404

    def test_names_its_likeliest_customers_in_english_too(self, profiles, manager, as_person):
        client = as_person(manager)
        client.cookies["language"] = "en"
        profile = profiles.filter(kind="basic_exchange").order_by("-kind_probability").first()
        page = client.get(f"{KINDS}basic_exchange/").content.decode()
        assert "Rules to keep" in page
        assert str(profile.customer) in page


class TestPanel:
    def test_tells_the_family_and_how_sure(self, profiles, adviser, as_person):
        profile = profiles.filter(shown_kind="").exclude(shown_family="").first()
        page = as_person(adviser).get(_of(profile)).content.decode()
        assert "Le genre précis, on ne sait pas" in page
        assert "estimation" in page

    def test_why_tells_for_and_against_and_what_to_ask(self, profiles, adviser, as_person):
        profile = profiles.order_by("-pieces").first()
        page = as_person(adviser).get(_of(profile, "pourquoi/")).content.decode()
        for part in (
            "Ce qui parle pour",
            "Ce qui parle contre",
            "Souhaité et reçu",
            "Veut rester",
            "Jamais",
        ):
            assert part in page

    def test_why_asks_the_store_a_fixed_number_of_times(
        self, profiles, adviser, as_person, django_assert_max_num_queries
    ):
        client = as_person(adviser)
        with django_assert_max_num_queries(16):
            client.get(_of(profiles.order_by("-pieces").first(), "pourquoi/"))

    def test_a_customer_without_profile_is_told_as_such(self, firm, adviser, as_person):
        person = customer("Sans profil")
        page = (
            as_person(adviser).get(f"/comprendre/relations/clients/{person.pk}/").content.decode()
        )
        assert "Pas encore d’estimation" in page

    def test_an_adviser_overrules_and_undoes(self, profiles, adviser, as_person):
        profile, client = profiles.first(), as_person(adviser)
        answer = client.post(
            _of(profile, "corriger/"), {"kind": "buddy", "reason": "On se tutoie depuis dix ans."}
        )
        assert answer.status_code == 302
        assert "Copains" in client.get(_of(profile)).content.decode()
        assert (
            "On se tutoie depuis dix ans." in client.get(_of(profile, "pourquoi/")).content.decode()
        )
        assert client.post(_of(profile, "annuler/")).status_code == 302
        assert "On se tutoie" not in client.get(_of(profile)).content.decode()
        assert Overruling.objects.get().undone_by == adviser

    @pytest.mark.parametrize(
        "given", [{"kind": "buddy", "reason": ""}, {"kind": "soulmate", "reason": "je le sais"}, {}]
    )
    def test_what_is_not_said_in_full_is_refused_and_changes_nothing(
        self, profiles, adviser, as_person, given
    ):
        answer = as_person(adviser).post(_of(profiles.first(), "corriger/"), given)
        assert answer.status_code == 422
        assert not Overruling.objects.exists()
        assert not Profile.objects.exclude(said_kind="").exists()

    @pytest.mark.parametrize("person", ["analyst", "officer"])
    def test_those_who_do_not_serve_customers_may_not_overrule(
        self, profiles, request, as_person, person
    ):
        client = as_person(request.getfixturevalue(person))
        answer = client.post(
            _of(profiles.first(), "corriger/"), {"kind": "buddy", "reason": "je le sais"}
        )
        assert answer.status_code == 403
        assert not Overruling.objects.exists()
        assert client.post(_of(profiles.first(), "annuler/")).status_code == 403

    def test_a_stranger_sees_and_changes_nothing(self, profiles, client):
        for what in ("", "pourquoi/", "corriger/"):
            assert client.get(_of(profiles.first(), what)).status_code == 302
        client.post(_of(profiles.first(), "corriger/"), {"kind": "buddy", "reason": "je le sais"})
        assert not Overruling.objects.exists()

    def test_the_hand_over_sheet_tells_it(self, profiles, adviser, as_person):
        profile = profiles.exclude(shown_family="").first()
        page = as_person(adviser).get(f"/comprendre/clients/{profile.pk}/releve/").content.decode()
        assert "Quelle relation c’est" in page
