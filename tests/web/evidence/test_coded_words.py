"""What customers say is coded as it comes, once, by the coder in use; and found by its codes."""

import pytest
from tests.web.factories import answered, customer, days_ago, said

from entregent.adapters.coders.coder import carried_coder
from entregent.adapters.coders.pipeline import code_texts
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.evidence import coded_words, likeness
from entregent.web.evidence.changes import changing
from entregent.web.evidence.code_facets import NOTHING, UNSURE, CodesAsked, facets_of
from entregent.web.evidence.coded_words import code_new_words, texts_waiting
from entregent.web.evidence.models import (
    Answer,
    CodedSegment,
    CodedText,
    Interaction,
    StaleRow,
    Watermark,
)
from entregent.web.evidence.refresh import rebuild_everything, refresh_everything
from entregent.web.evidence.search import rebuild, search
from entregent.web.evidence.snapshot import evidence, refresh_snapshot
from entregent.web.relationships.queries import rows_of

pytestmark = pytest.mark.django_db
# The snapshot reads the store by a connection of its own, and sees what is committed.
committed = pytest.mark.django_db(transaction=True)

LEAVING = "Je résilie mon contrat à l’échéance, trop cher. L’expert est passé mardi."
PLEASED = "Merci beaucoup, conseillère très à l’écoute et aimable."


@pytest.fixture
def words():
    """What a customer wrote and answered, and what is not theirs to say."""
    person = customer()
    said(person, "Nous vous rappelons demain.", direction="out")
    answered(person, None, "Ami", instrument="relation", item="metaphor")
    answered(person, 9)
    return said(person, LEAVING, language=""), answered(person, 9, PLEASED)


def coded_by(text: str):
    """The same words through the coder alone."""
    [coded] = code_texts([(1, text)], carried_coder())
    return coded.segments.to_pylist(), coded.texts.to_pylist()[0]


def test_customers_words_are_coded_as_the_coder_alone_codes_them(words):
    exchange, answer = words
    done = code_new_words()
    assert (done.texts, done.coder) == (2, carried_coder().name)
    assert done.segments == CodedSegment.objects.count()
    for text, said_by in ((exchange.coded, LEAVING), (answer.coded, PLEASED)):
        segments, whole = coded_by(said_by)
        held = list(text.segments.values("start", "end", "movement", "sentiment", "trust"))
        assert held == [{name: one[name] for name in held[0]} for one in segments]
        assert text.relationship == whole["relationship"]
        assert text.p_exchange == pytest.approx(whole["p_exchange"])
        assert (text.language, text.coder) == ("fr", done.coder)


def test_the_firms_words_and_chosen_answers_are_not_coded(words):
    code_new_words()
    assert set(CodedText.objects.values_list("interaction", "answer")) == {
        (words[0].pk, None),
        (None, words[1].pk),
    }


def test_coding_twice_codes_nothing_more(words):
    code_new_words()
    kept = list(CodedText.objects.values_list("pk", flat=True))
    assert code_new_words().texts == 0
    assert list(CodedText.objects.values_list("pk", flat=True)) == kept


def test_what_waits_is_counted(words):
    assert texts_waiting(10) == 2
    code_new_words()
    assert texts_waiting(10) == 0


def test_a_run_that_is_interrupted_goes_on_where_it_stopped(words, monkeypatch):
    person = words[0].customer
    for _ in range(4):
        said(person, PLEASED)
    monkeypatch.setattr(coded_words, "PORTION", 2)
    coder = carried_coder()
    first = next(coded_words._portions("interactions", coder))
    assert first[0] == CodedText.objects.count() == 2
    kept = set(CodedText.objects.values_list("pk", flat=True))
    assert code_new_words().texts == 4
    assert kept < set(CodedText.objects.values_list("pk", flat=True))


def test_words_that_change_are_coded_again(words):
    exchange = words[0]
    code_new_words()
    with changing("interactions", [exchange.pk]):
        Interaction.objects.filter(pk=exchange.pk).update(text=PLEASED)
    assert texts_waiting(10) == 1
    assert code_new_words().texts == 1
    assert CodedText.objects.get(interaction=exchange).segments.get().sentiment == "+"


def test_words_that_change_while_they_are_being_read_are_left_for_the_next_portion(
    words, monkeypatch
):
    exchange, real = words[0], coded_words.code_texts

    def read_slowly(texts, coder, **how):
        coded = list(real(texts, coder, **how))
        if Interaction.objects.filter(pk=exchange.pk, text=LEAVING).exists():
            with changing("interactions", [exchange.pk]):
                Interaction.objects.filter(pk=exchange.pk).update(text=PLEASED)
        return iter(coded)

    monkeypatch.setattr(coded_words, "code_texts", read_slowly)
    code_new_words()
    assert CodedText.objects.get(interaction=exchange).segments.get().sentiment == "+"
    assert texts_waiting(10) == 0


def test_another_coder_reads_everything_again_and_replaces_what_stood(words, monkeypatch):
    code_new_words()
    before = set(CodedText.objects.values_list("pk", flat=True))
    other = carried_coder()
    renamed = type(other)(other.encoder, other.panels, {**other.card, "coder": "the firm's 2"})
    monkeypatch.setattr(coded_words, "coder_in_use", lambda: renamed)
    assert code_new_words().texts == 2
    assert set(CodedText.objects.values_list("coder", flat=True)) == {"the firm's 2"}
    assert before.isdisjoint(CodedText.objects.values_list("pk", flat=True))
    monkeypatch.undo()
    assert code_new_words().texts == 2


def test_texts_are_found_by_their_codes_together_with_words(words):
    exchange, answer = words
    code_new_words()

    def found(query="", **codes):
        return {(h.table, h.row_id) for h in search(query, codes=CodesAsked(**codes))}

    leaving, pleased = ("interactions", exchange.pk), ("answers", answer.pk)
    assert found(movement="A") == found("contrat", movement="A") == {leaving}
    assert found("écoute", movement="A") == set()
    assert found(sentiment="+") == found(sentiment="+", justice="I") == {pleased}
    assert {(h.table, h.row_id) for h in search("", language="fr")} >= {leaving, pleased}


def test_the_index_is_the_same_when_it_is_made_again(words):
    code_new_words()
    asked = [CodesAsked(movement="A"), CodesAsked(sentiment="+"), CodesAsked(trust=NOTHING)]
    before = [search("", codes=one) for one in asked]
    rebuild()
    assert [search("", codes=one) for one in asked] == before
    assert before[0]


def test_codes_of_segments_are_asked_of_one_and_the_same_segment():
    apart = facets_of(
        [
            {"movement": "A", "sentiment": "0", "justice": "", "trust": ""},
            {"movement": "N", "sentiment": "-", "justice": "DP", "trust": None},
        ],
        {"relationship": None, "stage": "new", "effort": "none"},
    ).split()
    assert apart == ["=kenone", "=kfx", "=kgnew", "=kjd", "=kjp", "=kma", "=ksn", "=ksnjd", "=ksnjp", "=ktx"]  # fmt: skip
    assert CodesAsked(movement="A", sentiment="-").facets() == ["kmasn"]
    assert CodesAsked(relationship=UNSURE, movement=NOTHING).facets() == ["kmo", "kfx"]


@committed
def test_the_snapshot_holds_what_was_coded_and_whose_words_it_is(words):
    exchange, answer = words
    code_new_words()
    refresh_snapshot()
    with evidence() as tables:
        texts, segments = (
            tables[name].filter(tables[name].customer_id == exchange.customer_id).to_pyarrow()
            for name in ("coded_texts", "coded_segments")
        )
    texts = texts.sort_by("interaction_id").to_pylist()
    segments = segments.to_pylist()
    assert [text["interaction_id"] for text in texts] == [exchange.pk, None]
    assert texts[1]["response_id"] == answer.response_id
    assert texts[0]["at"] == exchange.at
    mine = [exchange.coded, answer.coded]
    assert len(segments) == CodedSegment.objects.filter(of_text__in=mine).count()
    assert segments[0]["coder"] == carried_coder().name


@committed
def test_one_customers_coded_rows_are_those_of_the_snapshot(words):
    code_new_words()
    refresh_snapshot()
    rows = rows_of(words[0].customer_id)
    with evidence() as tables:
        for table in ("coded_texts", "coded_segments"):
            snapshot = tables[table].to_pyarrow().to_pylist()
            names = [name for name, value in snapshot[0].items() if value is not None]
            assert [{name: row[name] for name in names} for row in rows[table]] == [
                {name: row[name] for name in names} for row in snapshot
            ]


@committed
def test_erasure_reaches_codes_snapshot_and_vectors(words, manager):
    person = words[0].customer
    other = said(customer("Léa"), "Bonjour, je voudrais une attestation.")
    code_new_words()
    refresh_snapshot()
    kept = other.coded.pk
    erase_customer(customer=person, by=manager, reason="demande")
    refresh_snapshot()
    with evidence() as tables:
        assert tables["coded_texts"].interaction_id.to_pyarrow().to_pylist() == [other.pk]
        assert set(tables["coded_segments"].interaction_id.to_pyarrow().to_pylist()) == {other.pk}
    held = likeness._folder()
    assert [key for key, _ in held.nearest(held.vector_of(kept), 10)] == [kept]
    assert not StaleRow.objects.exists()


def test_what_resembles_a_text_is_found_and_itself_is_not(words):
    person = words[0].customer
    twin = said(person, "Je vais résilier à l’échéance, c’est devenu trop cher.")
    code_new_words()
    found = likeness.nearest_to_text(words[0].coded, 5)
    assert found[0].text.interaction == twin
    assert words[0].coded not in [one.text for one in found]
    assert 0 < found[0].likeness < 1
    assert likeness.nearest_to_words("trop cher, je résilie", 1)[0].text.interaction in (
        twin,
        words[0],
    )


@committed
def test_a_refresh_codes_what_came_and_tells_the_snapshot(words, settings):
    settings.CODES_WORDS = True
    refresh_everything()
    with evidence() as tables:
        assert tables["coded_texts"].count().to_pyarrow().as_py() == 2
    assert Watermark.of(f"coded:answers:{carried_coder().name}") == Answer.objects.latest("pk").pk


@committed
def test_rebuilding_makes_the_vectors_again_and_keeps_the_codes(words):
    code_new_words()
    kept = set(CodedText.objects.values_list("pk", flat=True))
    likeness.drop_vectors()
    rebuild_everything()
    assert set(CodedText.objects.values_list("pk", flat=True)) == kept
    assert likeness._folder().last == max(kept)


@committed
def test_words_added_one_by_one_are_coded_as_they_come(settings):
    settings.CODES_WORDS = True
    row = said(customer(), PLEASED, at=days_ago(0))
    assert CodedText.objects.get(interaction=row).segments.exists()
