"""What a coder read stands beside customers' words, filters them, and leaves with them."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.web.factories import answered, customer, days_ago, said

from entregent.web.audit.models import Entry, Verb
from entregent.web.evidence.coded_words import code_new_words
from entregent.web.evidence.models import CodedSegment, CodedText

pytestmark = pytest.mark.django_db
EXPLORER = "/ecouter/verbatims/"
LEAVING = "Je résilie mon contrat à l’échéance, beaucoup trop cher. L’expert est passé mardi."
PLEASED = "Merci beaucoup, conseillère très à l’écoute et aimable."


@pytest.fixture
def words():
    person = customer()
    rows = said(person, LEAVING, at=days_ago(2)), answered(person, 9, PLEASED, at=days_ago(1))
    code_new_words()
    return rows


@pytest.fixture
def explorer(adviser, as_person):
    reader = as_person(adviser)
    return lambda address="", **asked: reader.get(EXPLORER + address, asked).text


def table(answer) -> list[list[str]]:
    written = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(written), delimiter=";"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"movement": "A"}, [LEAVING]),
        ({"sentiment": "+"}, [PLEASED]),
        ({"sentiment": "+", "justice": "I"}, [PLEASED]),
        ({"movement": "A", "q": "expert"}, [LEAVING]),
        ({"movement": "A", "q": "aimable"}, []),
        ({"movement": "T"}, []),
        ({"effort": "none"}, [PLEASED, LEAVING]),
        ({"movement": "pas un code"}, [PLEASED, LEAVING]),
    ],
)
def test_every_code_is_a_filter_and_joins_with_words(words, explorer, asked, found):
    shown = explorer(**asked)
    assert [text for text in (PLEASED, LEAVING) if text[:20] in shown] == found


def test_what_is_filtered_by_code_stays_in_the_address_and_open(words, explorer):
    shown = explorer(movement="A")
    assert '<details class="wide by-code" open>' in shown
    assert '<option value="A" selected>' in shown
    assert '<details class="wide by-code">' in explorer()


def test_a_passage_tells_its_codes_by_sign_and_by_word_with_their_confidence(words, explorer):
    segment = CodedSegment.objects.get(movement="A")
    shown = explorer(movement="A")
    assert "← s’éloigne" in shown
    share = f"{100 * segment.movement_confidence:.0f}"
    assert re.search(rf"Mouvement\s: loin de l’entreprise, sûr à {share}\s%", shown)
    assert 'tabindex="0" role="note"' in shown


def test_words_that_say_nothing_are_left_as_they_are(words, explorer):
    CodedSegment.objects.filter(of_text=words[0].coded, position=1).update(
        movement="N", sentiment="0", justice="", trust=""
    )
    shown = explorer(movement="A")
    assert "L’expert est passé mardi." in shown
    assert not re.search(r'class="read[^"]*">L’expert', shown)


def test_abstention_is_told(words, explorer):
    CodedSegment.objects.update(movement=None, movement_confidence=0.41)
    shown = explorer()
    assert re.search(r"Mouvement\s: pas assez sûr \(41\s%\)", shown)
    assert '<span class="sign" aria-hidden="true">?</span>' in shown


def test_offsets_hold_where_searched_words_are_marked_and_lines_are_blank(adviser, as_person):
    row = said(customer(), "Bonjour,\n\n\nje résilie mon contrat.\n\nMerci <b>d’avance</b>.")
    code_new_words()
    shown = as_person(adviser).get(EXPLORER, {"q": "résilie"}).text
    assert "<mark>résilie</mark>" in shown
    assert "&lt;b&gt;" in shown
    quoted = re.search(r"<blockquote>(.*?)</blockquote>", shown, re.DOTALL)[1]
    quoted = re.sub(
        r' <span class="codes".*?<span class="says".*?</span></span></span>', "", quoted
    )
    bare = re.sub(r"<[^>]+>", "", quoted).replace("&lt;", "<").replace("&gt;", ">")
    assert bare.split() == row.text.split()


def test_a_verbatim_s_own_page_says_what_was_read_and_by_whom(words, explorer):
    shown = explorer(f"echange/{words[0].pk}/")
    assert words[0].coded.coder in shown
    assert "← s’éloigne" in shown
    assert "Comment lire les marques" in shown


def test_words_not_yet_coded_are_said_to_be(words, explorer):
    row = said(words[0].customer, PLEASED)
    assert "1 texte attend encore" in explorer()
    assert "ne sont pas encore codés" in explorer(f"echange/{row.pk}/")


def test_the_file_of_a_customer_shows_the_codes_too(words, adviser, as_person):
    shown = as_person(adviser).get(f"/comprendre/clients/{words[0].customer_id}/").text
    assert "← s’éloigne" in shown
    assert shown.count('class="codes"') == CodedSegment.objects.count()


def test_what_answers_is_spread_by_code(words, explorer):
    shown = explorer("repartition/")
    links = {
        re.sub(r"\s+", " ", name): int(n)
        for name, n in re.findall(r'>([^<>]+)</a> <span class="hint">(\d+)</span>', shown)
    }
    assert links["Loin de l’entreprise"] == 1
    assert links["Favorable"] == 1
    assert "movement=A" in shown
    assert "Loin de l’entreprise</a>" not in explorer("repartition/", q="aimable")


def test_a_page_of_coded_texts_asks_the_store_no_more_than_a_page_of_one(words, explorer):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            explorer()
        return len(queries)

    few = asked()
    for _ in range(12):
        said(words[0].customer, LEAVING)
    code_new_words()
    assert asked() == few


def test_what_leaves_as_a_file_bears_codes_and_confidences(words, analyst, as_person):
    headings, *rows = table(as_person(analyst).get(EXPLORER + "export/csv/"))
    told = dict(zip(headings, rows[1], strict=True))
    text = words[0].coded
    assert told["Lu par"] == text.coder
    place = headings.index("Effort du client")
    assert rows[1][place] == "non dit"
    assert float(rows[1][place + 1].replace(",", ".")) == pytest.approx(text.effort_confidence)


def test_passages_leave_one_by_one_with_their_codes(words, analyst, as_person):
    answer = as_person(analyst).get(
        EXPLORER + "export/xlsx/", {"rows": "passages", "movement": "A"}
    )
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    headings, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    segments = list(words[0].coded.segments.all())
    assert len(rows) == len(segments) == 2
    moves = headings.index("Mouvement")
    assert rows[0][moves] == "loin de l’entreprise"
    assert rows[0][moves + 1] == pytest.approx(segments[0].movement_confidence)
    assert rows[0][headings.index("Passage")] == LEAVING[segments[0].start : segments[0].end]
    assert Entry.objects.filter(verb=Verb.EXPORTED).count() == 1


def test_what_resembles_a_verbatim_is_shown_with_its_likeness(words, explorer):
    twin = said(customer("Léa"), "Trop cher, je vais résilier à l’échéance.")
    code_new_words()
    shown = explorer(f"echange/{words[0].pk}/")
    assert f"/ecouter/verbatims/echange/{twin.pk}/" in shown
    assert re.search(r"ressemblance 0,\d\d", shown)
    assert "même pour dire le contraire" in shown


def test_words_find_what_resembles_them(words, explorer):
    assert "Je résilie mon contrat" in explorer("ressemblances/", q="c’est trop cher, je pars")
    assert "Rien ne ressemble" in explorer("ressemblances/", q="")


class TestLive:
    def test_the_newest_come_first_and_the_page_asks_for_more(self, words, explorer):
        shown = explorer("en-direct/")
        newest = CodedText.objects.latest("pk")
        assert f"after={newest.pk}" in shown
        assert 'hx-trigger="every 4s"' in shown
        assert 'aria-live="polite"' in shown

    def test_paused_it_asks_for_nothing(self, words, explorer):
        shown = explorer("en-direct/", pause="")
        assert "every 4s" not in shown
        assert "Reprendre" in shown

    def test_only_what_arrived_since_is_told(self, words, adviser, as_person):
        reader = as_person(adviser)
        last = CodedText.objects.latest("pk").pk
        nothing = reader.get(EXPLORER + "en-direct/suite/", {"after": last})
        assert (nothing.status_code, nothing.content) == (204, b"")
        said(words[0].customer, "Une phrase toute neuve.")
        code_new_words()
        news = reader.get(EXPLORER + "en-direct/suite/", {"after": last}).text
        assert "Une phrase toute neuve." in news
        assert LEAVING[:20] not in news
        assert "1 nouveau texte" in news
        assert f"after={CodedText.objects.latest('pk').pk}" in news


@pytest.mark.parametrize(
    "part", ["repartition/", "ressemblances/?q=prix", "en-direct/", "en-direct/suite/"]
)
def test_those_who_may_not_read_customers_words_get_none(officer, as_person, client, words, part):
    answer = client.get(EXPLORER + part)
    assert answer.status_code == 302
    assert "login" in answer.url or "connexion" in answer.url
