import pytest
from tests.web.coding.firm import code_all, feeling, queue_for, spoken

from entregent.engine.surveys.agreement import cohen_kappa
from entregent.web.audit.models import Entry
from entregent.web.coding import actions
from entregent.web.coding.measures.agreement import agreement_in, human_agreement
from entregent.web.coding.models import Adjudication, Coding, NeverRewritten
from entregent.web.coding.queries import opinions_in, settled_values

pytestmark = pytest.mark.django_db


def contrary(piece, code="sentiment"):
    """As the first reader, but for one place."""
    return "0" if "Tarif correct" in piece else feeling(piece, code)


@pytest.fixture
def coded(adviser, analyst):
    spoken()
    queue = queue_for(adviser, analyst)
    code_all(queue, adviser, feeling)
    code_all(queue, analyst, contrary)
    return queue


def differing(queue):
    return [one for one in opinions_in(queue) if one.differs]


def test_two_people_agree_as_the_engine_says_of_their_answers(coded, adviser, analyst):
    (row,) = agreement_in(opinions_in(coded))
    sides = [
        [one.by_person[person.pk] for one in opinions_in(coded)] for person in (adviser, analyst)
    ]
    (pair,) = row.pairs
    assert (row.head, row.n, pair.n) == ("sentiment", 15, 15)
    assert row.same == pytest.approx(14 / 15)
    assert pair.kappa.value == cohen_kappa(*sides).value
    assert row.alpha.low < row.alpha.value < row.alpha.high
    assert not row.misleads


def test_each_fairness_is_measured_by_itself(adviser, analyst):
    spoken()
    queue = queue_for(adviser, analyst, codes=("justice",))
    code_all(queue, adviser, lambda piece, _: "P" if "Six" in piece else "")
    code_all(queue, analyst, lambda piece, _: "DP" if "Six" in piece else "")
    rows = {row.head: row for row in agreement_in(opinions_in(queue))}
    assert list(rows) == ["justice_D", "justice_P", "justice_I", "justice_F"]
    assert rows["justice_P"].alpha.value == 1
    assert rows["justice_I"].alpha is None
    assert rows["justice_D"].alpha.value == pytest.approx(0)


def test_where_nearly_all_is_one_value_a_low_alpha_is_explained(adviser, analyst):
    spoken()
    queue = queue_for(adviser, analyst, codes=("trust",))
    code_all(queue, adviser, lambda piece, _: "H-" if "menti" in piece else "")
    code_all(queue, analyst, lambda piece, _: "C-" if "Six" in piece else "")
    (row,) = agreement_in(opinions_in(queue))
    assert row.same > 0.85
    assert row.alpha.value < 0.1
    assert row.misleads
    assert row.enough == "weak"


def test_not_being_able_to_tell_is_left_out_of_agreement(coded, adviser):
    (one,) = differing(coded)
    text = coded.texts.select_related("words", "queue").get(words=one.words)
    place = next(iter(actions.places_of(coded, text.words, 1000)))
    actions.say(text=text, place=place, code="sentiment", value=None, by=adviser)
    assert differing(coded) == []
    (row,) = agreement_in(opinions_in(coded))
    assert (row.n, row.alpha.value) == (14, 1)


def test_one_reader_alone_agrees_with_nobody(adviser, analyst):
    spoken()
    queue = queue_for(adviser, analyst)
    code_all(queue, adviser, feeling)
    assert agreement_in(opinions_in(queue)) == []


def test_only_blind_queues_say_how_people_agree(adviser, analyst):
    spoken()
    queue = queue_for(adviser, analyst, blind=False)
    code_all(queue, adviser, feeling)
    code_all(queue, analyst, contrary)
    assert human_agreement() == {}


def test_what_is_settled_stands_over_what_was_said(coded, manager):
    (one,) = differing(coded)
    actions.adjudicate(
        queue=coded, words=_words(one), spot=one.spot, value="+", reason="Un éloge.", by=manager
    )
    (again,) = [its for its in opinions_in(coded) if its.words == one.words]
    assert again.adjudicated == "+"
    assert settled_values()[one.words][one.spot[:2]] == {"sentiment": "+"}
    assert Entry.objects.get(kind="adjudication").facts == {"code": "sentiment", "value": "+"}


def test_a_second_decision_leaves_the_first_in_the_record(coded, manager):
    (one,) = differing(coded)
    for value in ("+", "0"):
        actions.adjudicate(
            queue=coded, words=_words(one), spot=one.spot, value=value, reason="Vu.", by=manager
        )
    assert [its.value for its in Adjudication.objects.all()] == ["+", "0"]
    assert settled_values()[one.words][one.spot[:2]] == {"sentiment": "0"}
    with pytest.raises(NeverRewritten):
        Adjudication.objects.first().save()


@pytest.mark.parametrize(("value", "reason"), [("T", "Vu."), ("+", "  ")])
def test_a_decision_that_lacks_something_settles_nothing(coded, manager, value, reason):
    (one,) = differing(coded)
    with pytest.raises(actions.NotAsked):
        actions.adjudicate(
            queue=coded, words=_words(one), spot=one.spot, value=value, reason=reason, by=manager
        )
    assert not Adjudication.objects.exists()
    assert not Entry.objects.filter(kind="adjudication").exists()


def test_a_place_that_one_person_coded_is_not_settled(adviser, analyst, manager):
    spoken()
    queue = queue_for(adviser, analyst)
    code_all(queue, adviser, feeling)
    one = opinions_in(queue)[0]
    with pytest.raises(actions.NothingToSettle):
        actions.adjudicate(
            queue=queue, words=_words(one), spot=one.spot, value="+", reason="Vu.", by=manager
        )
    assert not Adjudication.objects.exists()


def test_what_people_split_on_evenly_stands_nowhere(coded):
    (one,) = differing(coded)
    assert one.words not in settled_values()
    others = {its.words for its in opinions_in(coded)} - {one.words}
    assert others <= set(settled_values())


def _words(one):
    return Coding.objects.filter(words=one.words).first().words
