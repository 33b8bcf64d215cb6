from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.factories import answered, customer, days_ago, said

from entregent.web.evidence.models import Answer, Customer, Interaction
from entregent.web.evidence.search import (
    Hit,
    count_up_to,
    customers_named,
    find_and_count,
    forget_rows,
    index_rows,
    position_at,
    rebuild,
    search,
)  # fmt: skip
from entregent.web.shared.asked_words import answers_to, pieces, understand

pytestmark = pytest.mark.django_db

TEXTS = {
    "lent": "Remboursement très lent, je suis déçue.",
    "rapide": "Remboursements rapides ! Rien à dire.",
    "coeur": "Vous avez du cœur, et l’Été fut doux.",
    "prix": "Le prix n’est pas content, euh, je ne suis pas contente du prix.",
    "anglais": "My claims were refunded late.",
}


@pytest.fixture
def texts():
    person = customer()
    return {
        name: said(person, text, at=days_ago(n)) for n, (name, text) in enumerate(TEXTS.items())
    }


def _names(texts, query, **filters):
    by_id = {row.pk: name for name, row in texts.items()}
    return [by_id[hit.row_id] for hit in search(query, **filters)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("remboursement", ["lent", "rapide"]),
        ("REMBOURSEMENTS", ["lent", "rapide"]),
        ("déçu", ["lent"]),
        ("decus", ["lent"]),
        ("coeur", ["coeur"]),
        ("cœur ete", ["coeur"]),
        ("l'été", ["coeur"]),
        ('"pas content"', ["prix"]),
        ('"content pas"', []),
        ("« très lent »", ["lent"]),
        ("remboursement -rapide", ["lent"]),
        ("-remboursement -prix", ["coeur", "anglais"]),
        ("coeur OU prix", ["coeur", "prix"]),
        ("remb*", ["lent", "rapide"]),
        ("claim refund", ["anglais"]),
        ("remboursement prix", []),
        ("'; DROP TABLE x; --", []),
        ('" OR words : "x', []),
        ("prix NEAR(", []),
    ],
)
def test_words_are_found_in_any_form_and_newest_first(texts, query, found):
    assert _names(texts, query) == found


def test_nothing_but_signs_asks_for_everything(texts):
    assert _names(texts, "?! …") == list(TEXTS)


@pytest.mark.parametrize(
    "query", ["lent", "déçu -prix", '"pas content" OU coeur', "remb*", "claim", "-prix", "l’été"]
)
def test_marking_and_finding_agree(texts, query):
    asked = understand(query)
    assert _names(texts, query) == [name for name, text in TEXTS.items() if answers_to(text, asked)]


def test_the_words_found_are_marked_with_their_accents():
    cut = list(pieces("Déçue ! Très déçue par le cœur.", understand("deçu coeur")))
    assert cut == [
        ("Déçue", True),
        (" ! Très ", False),
        ("déçue", True),
        (" par le ", False),
        ("cœur", True),
        (".", False),
    ]
    assert "".join(piece for piece, _ in cut) == "Déçue ! Très déçue par le cœur."


def test_filters_hold_together(texts):
    person = Customer.objects.get()
    letter = said(person, "lent par courrier", channel="letter", at=days_ago(9))
    reply = said(
        person,
        "Désolés, c’était lent.",
        channel="letter",
        direction="out",
        at=days_ago(8),
        language="en-GB",
    )
    assert [hit.row_id for hit in search("lent", channel="letter")] == [reply.pk, letter.pk]
    assert [hit.row_id for hit in search("lent", channel="letter", direction="in")] == [letter.pk]
    assert [hit.row_id for hit in search("lent", language="en")] == [reply.pk]
    assert [hit.row_id for hit in search("", channel="letter", direction="out")] == [reply.pk]
    assert search("lent", source=12) == []


def test_dates_include_the_first_and_not_the_last(texts):
    at = texts["lent"].at.replace(microsecond=0)
    assert _names(texts, "lent", since=at) == ["lent"]
    assert _names(texts, "lent", until=at) == []
    assert _names(texts, "lent", since=at + timedelta(seconds=1)) == []


def test_words_written_before_1970_have_their_place_too():
    row = said(customer(), "Ancien courrier", at=datetime(1912, 4, 14, tzinfo=UTC))
    (hit,) = search("ancien")
    assert (hit.table, hit.row_id, hit.second) == ("interactions", row.pk, int(row.at.timestamp()))


def test_pages_follow_each_other_without_a_gap_or_a_double():
    person = customer()
    moment = days_ago(1).replace(microsecond=0)
    # Two rows in every second, one of each kind: the order must still be total.
    for n in range(6):
        said(person, f"lent {n}", at=moment + timedelta(seconds=n // 2))
        answered(person, text=f"lent {n}", at=moment + timedelta(seconds=n // 2))
    everything = search("lent")
    pages, before = [], None
    while page := search("lent", before=before, limit=5):
        pages += page
        before = page[-1].position
    assert pages == everything
    assert len(set(pages)) == 12
    assert [hit.second for hit in pages] == sorted((hit.second for hit in pages), reverse=True)


def test_answers_carry_the_rating_given_with_them():
    person = customer()
    both = {"at": days_ago(2), "response_id": "r-1"}
    score = answered(person, 9, **both)
    words = answered(person, None, "Parce que c’est lent", item="pourquoi", **both)
    assert [(hit.table, hit.row_id) for hit in search("lent", rating="high")] == [
        ("answers", words.pk)
    ]
    assert search("lent", rating="low") == []
    assert score.pk not in {hit.row_id for hit in search("")}


def test_a_review_carries_the_score_of_the_same_person_at_the_same_moment():
    person = customer()
    at = days_ago(2)
    answered(person, 1, instrument="csat", at=at)
    review = said(person, "Lent.", channel="review", at=at)
    said(person, "Lent aussi.", channel="review", at=days_ago(5))
    assert [hit.row_id for hit in search("lent", rating="low")] == [review.pk]


def test_an_unknown_customer_s_words_are_found_all_the_same():
    row = said(None, "Anonyme et lent", channel="review")
    answered(None, 3, "Anonyme et bref", instrument="csat")
    assert [hit.row_id for hit in search("lent")] == [row.pk]
    assert len(search("anonyme", rating="middle")) == 1


def test_indexing_twice_doubles_nothing(texts):
    ids = [row.pk for row in texts.values()]
    index_rows("interactions", first=min(ids), last=max(ids))
    index_rows("interactions", ids)
    assert _names(texts, "remboursement") == ["lent", "rapide"]
    forget_rows("interactions", ids)
    assert _names(texts, "") == []


def test_forgotten_words_are_gone_and_the_others_stay(texts):
    forget_rows("interactions", [texts["lent"].pk])
    forget_rows("interactions", [texts["lent"].pk])
    assert _names(texts, "remboursement") == ["rapide"]
    assert _names(texts, "déçue") == []


def test_changed_words_answer_to_what_they_say_now(texts):
    row = texts["lent"]
    forget_rows("interactions", [row.pk])
    Interaction.objects.filter(pk=row.pk).update(text="Virement arrivé.", at=days_ago(30))
    index_rows("interactions", [row.pk])
    assert _names(texts, "virement") == ["lent"]
    assert _names(texts, "lent") == []


def test_rebuilding_gives_the_same_index(texts):
    answered(Customer.objects.get(), 3, "Trop lent")
    before = search("")
    rebuild()
    assert search("") == before
    assert _named("nadia") == [Customer.objects.get()]


def test_a_whole_range_is_indexed_in_one_statement_per_portion():
    person = customer()
    rows = [said(person, f"mot {n}") for n in range(30)]
    forget_rows("interactions", first=rows[0].pk, last=rows[-1].pk)
    assert search("mot") == []
    with CaptureQueriesContext(connection) as asked:
        index_rows("interactions", first=rows[0].pk, last=rows[-1].pk)
    assert len([query for query in asked if query["sql"].startswith("INSERT")]) == 1
    assert len(search("mot")) == 30


def test_counting_stops_where_it_is_told(texts):
    assert count_up_to(3, "") == 3
    assert count_up_to(100, "") == 5


def test_finding_and_counting_in_one_walk_is_finding_and_counting(texts):
    for query in ("remboursement", "", "remb*", "prix -content"):
        found, counted = find_and_count(query, 3, limit=2)
        assert found == search(query, limit=2)
        assert counted == count_up_to(3, query)


@pytest.mark.parametrize("most", [0, 1, 5, 1_000])
def test_a_beginning_finds_the_same_word_by_word_or_all_at_once(monkeypatch, most):
    monkeypatch.setattr("entregent.web.evidence.search.MOST_BEGINNINGS", most)
    person = customer()
    said_words = (
        "remise",
        "remis",
        "rembourser",
        "rem",
        "Rémunéré",
        "remaremare",
        "aremise",
        "re-mis",
    )
    rows = {said(person, word, at=days_ago(n)).pk: word for n, word in enumerate(said_words)}

    def found(query):
        return [rows[hit.row_id] for hit in search(query)]

    assert found("rem*") == ["remise", "remis", "rembourser", "rem", "Rémunéré", "remaremare"]
    assert found("remi*") == ["remise", "remis"]
    assert found("remz*") == []
    assert found("remi* OU arem*") == ["remise", "remis", "aremise"]
    assert found("rem* -remi*") == ["rembourser", "rem", "Rémunéré", "remaremare"]


def _named(words):
    return list(Customer.objects.filter(pk__in=customers_named(words)))


def test_names_are_found_by_the_beginning_of_any_word():
    helene, oeuvrard = customer("Hélène d’Aubigné-Martin"), customer("Garance Œuvrard")
    assert _named("mart hel") == [helene]
    assert _named("AUBIGNE") == [helene]
    assert _named("oeuv") == [oeuvrard]
    assert _named("artin") == []
    assert customers_named("’") is None


def test_a_position_says_which_row_it_is():
    row = answered(customer(), 4, "lent", at=datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC))
    (hit,) = search("lent")
    assert hit == Hit(position_at(row.at) + row.pk * 2 + 1)
    assert (hit.table, hit.row_id) == ("answers", row.pk)
    assert Answer.objects.get(pk=hit.row_id) == row
