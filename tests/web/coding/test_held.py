"""Analysts read people's codings from the snapshot, as the store has them, and no name with them."""

import pytest
from tests.web.coding.firm import code_all, feeling, queue_for
from tests.web.factories import customer, days_ago, said

from entregent.web.coding import actions
from entregent.web.coding.models import Coding
from entregent.web.coding.queries import opinions_in
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.evidence.changes import changing, removing
from entregent.web.evidence.models import Interaction, StaleRow
from entregent.web.evidence.snapshot import evidence, refresh_snapshot

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Tarif correct."


def held():
    """The codings as analysts read them, in the order they were said."""
    refresh_snapshot()
    with evidence() as tables:
        return tables["human_codings"].order_by("coded_at").to_pyarrow().to_pylist()


@pytest.fixture
def row():
    at = days_ago(3).replace(microsecond=0)
    return said(customer("Léa Martin"), TEXT, at=at)


@pytest.fixture
def coded(row, adviser, analyst):
    queue = queue_for(adviser, analyst, size=1)
    code_all(queue, adviser, feeling)
    code_all(queue, analyst, lambda *_: "0")
    return queue


def test_each_row_says_whose_words_where_what_and_who(coded, row, adviser, analyst):
    first, second = held()
    assert [first["coder"], second["coder"]] == [str(adviser.pk), str(analyst.pk)]
    assert (first["interaction_id"], first["customer_id"], first["at"]) == (
        row.pk, row.customer_id, row.at,
    )  # fmt: skip
    assert TEXT[first["start"] : first["end"]] == TEXT
    assert (first["code"], first["said"], first["value"]) == ("sentiment", "value", feeling(TEXT, "sentiment"))  # fmt: skip
    assert (first["queue"], first["blind"], first["settled"]) == (coded.pk, True, None)
    assert (first["response_id"], first["proposed"], first["proposed_by"]) == (None, None, "")
    assert second["value"] == "0"
    assert not any("Martin" in str(value) for value in first.values())


def test_what_was_decided_stands_beside_what_each_said(coded, adviser, analyst):
    code = {one.by_id: one.value for one in Coding.objects.all()}
    assert code[adviser.pk] != code[analyst.pk]
    held()
    (spot,) = {one.spot for one in opinions_in(coded)}
    actions.adjudicate(
        queue=coded, words=Coding.objects.first().words, spot=spot, value="0", reason="neutre", by=analyst
    )  # fmt: skip
    assert [one["settled"] for one in held()] == ["0", "0"]


def test_an_erased_customers_codings_leave_the_snapshot(coded, row, officer):
    other = said(customer("Paul"), "Merci.")
    kept = queue_for(officer, size=2)
    code_all(kept, officer, feeling)
    assert len(held()) == 3
    erase_customer(customer=row.customer, by=officer, reason="demande")
    assert StaleRow.objects.filter(table="human_codings").values("row_id").distinct().count() == 2
    assert [one["interaction_id"] for one in held()] == [other.pk]


def test_codings_of_words_that_are_gone_leave_and_of_words_that_change_hands_follow(coded, row):
    paul = customer("Paul")
    held()
    with changing("interactions", [row.pk]):
        Interaction.objects.filter(pk=row.pk).update(customer=paul)
    assert {one["customer_id"] for one in held()} == {paul.pk}
    with removing("interactions", [row.pk]):
        Interaction.objects.filter(pk=row.pk).delete()
    assert held() == []
    assert Coding.objects.count() == 2


def test_a_new_coding_is_there_at_the_next_refresh(coded, adviser):
    assert len(held()) == 2
    again = Coding.objects.filter(by=adviser).get()
    Coding.objects.create(
        words=again.words, start=again.start, end=again.end, code="sentiment", said="withdrawn", by=adviser
    )  # fmt: skip
    last = held()[-1]
    assert (last["said"], last["value"], last["queue"], last["blind"]) == (
        "withdrawn",
        "",
        None,
        None,
    )
