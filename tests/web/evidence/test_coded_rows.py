"""Codes hang on words: they go when the words go, and are made again when the words change."""

import pytest
from django.db import IntegrityError, connection, transaction
from tests.web.factories import answered, customer, days_ago, said
from tests.web.sources.reading import imported, lines

from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.customers.actions.merging import merge_customers
from entregent.web.evidence.changes import changing
from entregent.web.evidence.models import (
    CodedSegment,
    CodedText,
    Interaction,
    StaleRow,
    Watermark,
)
from entregent.web.evidence.search import search
from entregent.web.sources import actions

pytestmark = pytest.mark.django_db

MARK = "coded:interactions:some coder"


def coded(row) -> CodedText:
    """A text of one segment, read as moving away."""
    name = "answer" if hasattr(row, "instrument") else "interaction"
    text = CodedText.objects.create(**{name: row}, coder="some coder", relationship="captive")
    text.segments.create(position=0, start=0, end=len(row.text), movement="A")
    return text


def stale(table: str) -> set[int]:
    return set(StaleRow.objects.filter(table=table).values_list("row_id", flat=True))


def test_a_coded_text_is_of_an_interaction_or_of_an_answer():
    person = customer()
    exchange, answer = said(person), answered(person, 9, "Parfait.")
    for both_or_none in ({}, {"interaction": exchange, "answer": answer}):
        with pytest.raises(IntegrityError, match="coded_text_is_one_text"), transaction.atomic():
            CodedText.objects.create(coder="some coder", **both_or_none)
    assert not CodedText.objects.exists()


def test_a_text_is_coded_once():
    exchange = said(customer())
    coded(exchange)
    with pytest.raises(IntegrityError), transaction.atomic():
        coded(exchange)
    assert CodedText.objects.count() == 1


def test_erasing_a_customer_takes_what_was_coded_of_their_words(manager):
    leaving, staying = customer("Nadia"), customer("Léa")
    gone = [coded(said(leaving)), coded(answered(leaving, 2, "Trop long."))]
    kept = coded(said(staying))
    segments = set(CodedSegment.objects.filter(of_text__in=gone).values_list("pk", flat=True))
    erase_customer(customer=leaving, by=manager, reason="demande")
    assert list(CodedText.objects.all()) == [kept]
    assert list(CodedSegment.objects.values_list("of_text", flat=True)) == [kept.pk]
    assert stale("coded_texts") == {text.pk for text in gone}
    assert stale("coded_segments") == segments
    connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_undoing_an_import_takes_what_was_coded_of_its_words():
    of_import = imported(lines("1,c1,lea@exemple.fr,,2026-03-01,Bonjour,"))
    coded(Interaction.objects.get())
    actions.undo_import(of_import=of_import, by=None)
    assert not CodedText.objects.exists()
    assert not CodedSegment.objects.exists()
    connection.check_constraints()


def test_words_that_change_lose_their_codes_and_are_to_be_coded_again():
    person = customer()
    first, second, third = (said(person, text) for text in ("Un.", "Deux.", "Trois."))
    kept, changed = coded(first), coded(second)
    Watermark.set(MARK, third.pk)
    with changing("interactions", [first.pk, second.pk]):
        Interaction.objects.filter(pk=second.pk).update(text="Autre chose.")
    assert list(CodedText.objects.all()) == [kept]
    assert Watermark.of(MARK) == second.pk - 1
    assert {hit.row_id for hit in search("autre")} == {second.pk}
    assert changed.pk in stale("coded_texts")


def test_words_that_turn_out_to_be_the_firms_lose_their_codes():
    exchange = said(customer())
    coded(exchange)
    with changing("interactions", [exchange.pk]):
        Interaction.objects.update(direction="out")
    assert not CodedText.objects.exists()


def test_codes_stay_when_words_change_hands_and_the_snapshot_reads_them_again(manager):
    kept, duplicate = customer("Nadia"), customer("N. Benali")
    text = coded(said(duplicate, at=days_ago(2)))
    Watermark.set(MARK, text.interaction_id)
    merge_customers(kept=kept, duplicate=duplicate, by=manager)
    text.refresh_from_db()
    assert text.interaction.customer == kept
    assert Watermark.of(MARK) == text.interaction_id
    assert stale("coded_texts") == {text.pk}
    assert stale("coded_segments") == set(text.segments.values_list("pk", flat=True))
