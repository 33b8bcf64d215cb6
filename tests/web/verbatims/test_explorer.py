import csv
import io

import pytest
from tests.web.factories import answered, customer, days_ago, nadia, neighbours, said

from entregent.web.audit.models import Entry, Verb
from entregent.web.evidence.models import Interaction, Source
from entregent.web.verbatims import queries
from entregent.web.verbatims.queries import (
    VerbatimsAsked,
    every_verbatim,
    find_verbatims,
    surroundings_of,
    verbatim_for,
)

pytestmark = pytest.mark.django_db
EXPLORER = "/ecouter/verbatims/"


@pytest.fixture
def people():
    return [nadia(), *neighbours()]


def _texts(user, words="", **asked):
    return [one.row.text for one in find_verbatims(user, VerbatimsAsked(words=words, **asked)).rows]


def test_customers_words_come_first_and_the_firm_s_on_demand(adviser, as_person, people):
    explorer = as_person(adviser)
    page = explorer.get(EXPLORER, {"q": "bonjour"}).text
    assert "C’est fait, bonne journée" not in page
    assert "il me faudrait une attestation" in page
    assert "un expert passera jeudi" not in page
    assert "un expert passera jeudi" in explorer.get(EXPLORER, {"q": "bonjour", "side": "all"}).text
    assert (
        "il me faudrait une attestation"
        not in explorer.get(EXPLORER, {"q": "bonjour", "side": "out"}).text
    )


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ({"q": "remboursement"}, "2 textes répondent"),
        ({"q": "remboursement", "channel": "web"}, "1 texte répond"),
        ({"language": "en"}, "1 texte répond"),
        ({"rating": "low"}, "2 textes répondent"),
        ({"rating": "high"}, "3 textes répondent"),
        ({"q": "refund"}, "2 textes répondent"),
        ({"q": "zzz"}, "Personne n’a écrit cela"),
        ({"since": "2999-01-01"}, "Personne n’a écrit cela"),
        ({"until": "1999-01-01"}, "Personne n’a écrit cela"),
        ({"since": "pas une date", "channel": "pigeon", "source": "x"}, "textes répondent"),
        ({"before": "xyz"}, "textes répondent"),
    ],
)
def test_the_address_says_what_is_shown(adviser, as_person, people, address, count):
    page = as_person(adviser).get(EXPLORER, address)
    assert page.status_code == 200
    assert count in page.text


def test_a_source_is_a_filter_too(adviser, as_person, people):
    source = Source.objects.create(name="Avis en ligne")
    row = said(people[0], "Texte de cette source")
    assert str(source.pk) in as_person(adviser).get(EXPLORER).text
    assert _texts(adviser, source=source.pk) == []
    assert row.text in _texts(adviser)


def test_the_words_found_are_marked_and_texts_are_never_markup(adviser, as_person):
    said(customer("<b>Gras</b>"), "Déçue <script>alert(1)</script> & lasse")
    page = as_person(adviser).get(EXPLORER, {"q": "deçu"}).text
    assert "<mark>Déçue</mark> &lt;script&gt;alert(1)&lt;/script&gt; &amp; lasse" in page
    assert "&lt;b&gt;Gras&lt;/b&gt;" in page


def test_a_long_text_shows_the_part_around_the_word(adviser, as_person):
    said(customer(), "début " * 300 + "remboursement " + "fin " * 300)
    page = as_person(adviser).get(EXPLORER, {"q": "remboursement"}).text
    summary = page[
        page.index('<details class="long">') : page.index(
            "</summary>", page.index('<details class="long">')
        )
    ]
    assert "… " in summary
    assert "<mark>remboursement</mark>" in summary
    assert len(summary) < 900


@pytest.mark.parametrize("microsecond", [0, 499_999, 999_499, 999_500, 999_999])
def test_a_text_of_any_fraction_of_a_second_is_found(adviser, microsecond):
    moment = days_ago(2, hour=9).replace(microsecond=microsecond)
    said(customer(), "une fraction de seconde", at=moment)
    assert _texts(adviser, "fraction") == ["une fraction de seconde"]


def test_pages_go_back_in_time_without_a_gap(adviser, as_person, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    person = customer()
    for n in range(5):
        said(person, f"texte {n}", at=days_ago(n))
    first = find_verbatims(adviser, VerbatimsAsked(words="texte"))
    assert [one.row.text for one in first.rows] == ["texte 0", "texte 1"]
    page = as_person(adviser).get(EXPLORER, {"q": "texte", "before": first.following}).text
    assert "texte 2" not in page
    assert "<mark>texte</mark> 2" in page
    assert "<mark>texte</mark> 1" not in page
    assert "Les plus récents" in page


def test_the_page_asks_as_many_questions_whatever_it_shows(
    adviser, as_person, people, django_assert_num_queries
):
    explorer = as_person(adviser)
    explorer.get(EXPLORER)
    with django_assert_num_queries(11):
        explorer.get(EXPLORER)
    for n in range(60):
        said(people[n % 7], f"texte {n}")
        answered(people[n % 7], 3, f"réponse {n}")
    with django_assert_num_queries(11):
        explorer.get(EXPLORER)


def test_a_permanent_link_shows_the_text_and_what_was_said_around_it(adviser, as_person, people):
    row = Interaction.objects.get(text__startswith="Je ne comprends plus rien")
    page = as_person(adviser).get(f"{EXPLORER}echange/{row.pk}/", {"q": "compte"}).text
    assert "Je ne comprends plus rien" in page
    assert "un expert passera jeudi" in page
    assert "nous avons bien reçu votre réclamation" in page
    around = surroundings_of(verbatim_for(adviser, "echange", row.pk))
    assert all(near.case_id == row.case_id for near in [*around.before, *around.after])
    assert [near.at < row.at for near in around.before] == [True, True]
    assert [near.at > row.at for near in around.after] == [True, True]


def test_an_answer_has_its_link_and_its_surroundings(adviser, as_person, people):
    person = people[0]
    words = answered(person, 4, "Trop long", at=days_ago(15))
    page = as_person(adviser).get(f"{EXPLORER}reponse/{words.pk}/contexte/").text
    assert "Je ne comprends plus rien" in page
    assert "Toujours rien reçu" in page


@pytest.mark.parametrize(
    "place", ["echange/999/", "reponse/999/", "autre/1/", "echange/999/contexte/"]
)
def test_a_link_to_nothing_is_not_found(adviser, as_person, place):
    assert as_person(adviser).get(f"{EXPLORER}{place}").status_code == 404


def test_words_whose_row_is_gone_are_passed_over(adviser, people):
    Interaction.objects.filter(text__startswith="Je ne comprends plus rien")._raw_delete("default")
    assert not any("comprends" in text for text in _texts(adviser))
    Interaction.objects.filter(text__startswith="Toujours rien").update(at=days_ago(300))
    assert _texts(adviser, "toujours sinistre") == []


def test_nobody_without_the_power_reads_a_word(adviser, people):
    adviser.is_active = False
    assert _texts(adviser) == []
    assert list(every_verbatim(adviser, VerbatimsAsked())) == []
    assert verbatim_for(adviser, "echange", Interaction.objects.first().pk) is None


def test_everything_that_answers_leaves_as_a_file_and_leaves_a_trace(
    analyst, as_person, monkeypatch
):
    monkeypatch.setattr(queries, "EXPORTED_AT_ONCE", 2)
    person = customer("=Nom")
    for n in range(5):
        said(person, f"-texte {n}", at=days_ago(n))
    answer = as_person(analyst).get(f"{EXPLORER}export/csv/", {"q": "texte"})
    rows = list(
        csv.reader(
            io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"
        )
    )
    assert [row[7] for row in rows] == ["Texte", *(f"'-texte {n}" for n in range(5))]
    assert rows[1][2] == "'=Nom"
    assert rows[1][8] == f"http://localhost{EXPLORER}echange/{Interaction.objects.latest('at').pk}/"
    entry = Entry.objects.get(verb=Verb.EXPORTED)
    assert (entry.about, entry.facts) == ("texte", {"form": "csv", "asked": {"q": "texte"}})


def test_a_person_without_the_power_exports_nothing(adviser, as_person):
    assert as_person(adviser).get(f"{EXPLORER}export/xlsx/").status_code == 403
    assert not Entry.objects.exists()


def test_the_search_of_everything_shows_five(adviser, as_person):
    person = customer()
    for n in range(7):
        said(person, f"lent {n}", at=days_ago(n))
    part = as_person(adviser).get(f"{EXPLORER}trouves/", {"q": "lent"}).text
    assert part.count("<mark>lent</mark>") == 5
    assert "Voir les 7 textes" in part
    assert (
        "Aucun client n’a écrit ces mots"
        in as_person(adviser).get(f"{EXPLORER}trouves/", {"q": "?"}).text
    )


def test_an_empty_store_teaches_the_next_step(analyst, as_person):
    assert "Aucun mot de client pour l’instant" in as_person(analyst).get(EXPLORER).text
