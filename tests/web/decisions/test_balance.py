from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.factories import customer, nadia, neighbours, said

from entregent.engine.change.balance import Balance
from entregent.engine.estimates import Abstention, Estimate
from entregent.web.audit.models import Entry, Verb
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.decisions import actions
from entregent.web.decisions.measures import side
from entregent.web.decisions.models import Change, Item, Quote, Weighing, Weight
from entregent.web.decisions.picture import scales_of
from entregent.web.decisions.queries import items_of, said_under, weights_of
from entregent.web.verbatims.queries import verbatim_for

pytestmark = pytest.mark.django_db
LIST = "/decider/"
DECLARED = {
    "name": "L’espace en ligne", "target": "ouvrir votre espace en ligne", "for_whom": "Ceux qui appellent",
    "beneficiary": "both", "since": "2026-06-01", "steps": "Demander ses codes", "cycle_days": "90", "mode": "evocation",
}  # fmt: skip


def declared(by=None, **other) -> Change:
    values = DECLARED | {"since": date(2026, 6, 1), "cycle_days": 90} | other
    return actions.declare_change(by=by, **values)


def put(change, cell, text, holder="customer", external=False) -> Item:
    return actions.add_item(
        change=change, cell=cell, holder=holder, external=external, text=text, by=None
    )


def quoted(item, row, chosen=(0,), talk_kind="", user=None):
    return actions.attach_quote(
        item=item, verbatim=verbatim_for(user, "echange", row.pk), chosen=list(chosen),
        talk_kind=talk_kind, by=None,
    )  # fmt: skip


def customers_side(change, user):
    items = items_of(change)
    return side(Item.Holder.CUSTOMER, items, said_under(user, items), weights_of(change))


# declaring


def test_a_change_is_declared_before_anything_is_measured(manager, as_person):
    answer = as_person(manager).post("/decider/declarer/", DECLARED)
    change = Change.objects.get()
    assert answer.url == f"/decider/{change.pk}/"
    assert (change.beneficiary, change.mode, change.by) == ("both", "evocation", manager)
    assert Entry.objects.get(kind="change").verb == Verb.CREATED


def test_evocation_is_refused_where_only_the_firm_gains(manager, as_person):
    answer = as_person(manager).post("/decider/declarer/", DECLARED | {"beneficiary": "firm"})
    assert answer.status_code == 422
    assert "serait une manipulation" in answer.text
    assert not Change.objects.exists()
    assert not Entry.objects.filter(kind="change").exists()


def test_the_neutral_balance_stays_open_where_only_the_firm_gains(manager, as_person):
    as_person(manager).post(
        "/decider/declarer/", DECLARED | {"beneficiary": "firm", "mode": "neutral"}
    )
    assert Change.objects.get().mode == "neutral"


def test_a_neutral_change_for_the_firm_alone_never_becomes_evocation(manager, as_person):
    change = declared(beneficiary="firm", mode="neutral")
    page = as_person(manager).post(f"{LIST}{change.pk}/mode/", {"mode": "evocation"}, follow=True)
    assert "L’évocation est refusée" in page.text
    change.refresh_from_db()
    assert change.mode == "neutral"
    assert not Entry.objects.filter(verb=Verb.CHANGED).exists()


@pytest.mark.parametrize(
    "example", ["new_digital_channel", "return_policy", "loyalty_programme", "price_change", "leaving"]
)  # fmt: skip
def test_every_ready_example_fills_the_declaration(manager, as_person, example):
    page = as_person(manager).get("/decider/declarer/", {"exemple": example})
    assert f'name="example" value="{example}"' in page.text
    assert "À garder en tête" in page.text


@pytest.mark.parametrize(
    ("field", "bad"), [("name", ""), ("cycle_days", "0"), ("since", "hier"), ("mode", "force")]
)
def test_a_declaration_that_lacks_something_stores_nothing(manager, as_person, field, bad):
    assert as_person(manager).post("/decider/declarer/", DECLARED | {field: bad}).status_code == 422
    assert not Change.objects.exists()


def test_a_change_that_was_weighed_is_no_longer_rewritten(manager, as_person):
    change = declared()
    item = put(change, "keep_for", "L’habitude")
    actions.weigh_items(change=change, weights={item.pk: 5}, note="", by=manager)
    as_person(manager).post(f"{LIST}{change.pk}/corriger/", DECLARED | {"name": "Autre"})
    change.refresh_from_db()
    assert change.name == "L’espace en ligne"
    with pytest.raises(actions.AlreadyWeighed):
        actions.correct_change(change=change, by=manager, name="Autre")


def test_a_withdrawn_change_keeps_all_and_is_taken_up_again(manager, as_person):
    change = declared()
    put(change, "keep_for", "L’habitude")
    person = as_person(manager)
    person.post(f"{LIST}{change.pk}/retirer/")
    change.refresh_from_db()
    assert change.withdrawn_at is not None
    assert Item.objects.count() == 1
    assert "1 changement retiré" in person.get(LIST).text
    person.post(f"{LIST}{change.pk}/reprendre/")
    change.refresh_from_db()
    assert change.withdrawn_at is None


# who may


@pytest.mark.parametrize(
    "address",
    ["declarer/", "{pk}/corriger/", "{pk}/mode/", "{pk}/retirer/", "{pk}/elements/", "{pk}/peser/", "{pk}/decider/", "{pk}/mots/"],
)  # fmt: skip
def test_an_adviser_reads_balances_and_writes_none(adviser, as_person, address):
    change = declared()
    before = Entry.objects.count()
    answer = as_person(adviser).post(
        LIST + address.format(pk=change.pk),
        DECLARED | {"cell": "keep_for", "text": "x", "holder": "firm"},
    )
    assert answer.status_code == 403
    assert (Change.objects.count(), Item.objects.count(), Entry.objects.count()) == (1, 0, before)
    assert as_person(adviser).get(f"{LIST}{change.pk}/").status_code == 200


def test_a_stranger_is_sent_to_the_door(client, db):
    assert client.get(LIST).status_code == 302


# filling cells with customers' words


def test_the_passage_chosen_goes_under_its_item_unchanged(manager, as_person):
    row = said(customer(), "Bonjour. J’attends une heure au téléphone ! C’est trop. Merci.")
    change = declared()
    item = put(change, "keep_against", "L’attente")
    as_person(manager).post(
        f"{LIST}{change.pk}/mots/",
        {
            "kind": "echange",
            "row": row.pk,
            "sentence": ["1", "2"],
            "to": f"item-{item.pk}",
            "talk_kind": "need",
        },
    )
    quote = Quote.objects.get()
    assert quote.text == "J’attends une heure au téléphone ! C’est trop."
    assert quote.text in row.text
    page = as_person(manager).get(f"{LIST}{change.pk}/").text
    assert f"/ecouter/verbatims/echange/{row.pk}/" in page
    assert "dit par 1 personne" in page


def test_a_passage_makes_its_own_item_in_an_empty_cell(manager, as_person):
    row = said(customer(), "Je préfère parler à quelqu’un.")
    change = declared()
    as_person(manager).post(
        f"{LIST}{change.pk}/mots/",
        {
            "kind": "echange",
            "row": row.pk,
            "sentence": ["0"],
            "to": "cell-keep_for",
            "text": "Une voix",
        },
    )
    item = Item.objects.get()
    assert (item.cell, item.text, item.quotes.get().text) == (
        "keep_for", "Une voix", "Je préfère parler à quelqu’un.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"sentence": []}, {"sentence": ["7"]}, {"to": "item-999999"}, {"to": "cell-elsewhere"}],
)
def test_a_passage_that_cannot_be_placed_changes_nothing(manager, as_person, wrong):
    row = said(customer(), "Je préfère parler à quelqu’un.")
    change = declared()
    before = Entry.objects.count()
    given = {"kind": "echange", "row": row.pk, "sentence": ["0"], "to": "cell-keep_for"} | wrong
    page = as_person(manager).post(f"{LIST}{change.pk}/mots/", given, follow=True)
    assert "Rien n’a été ajouté" in page.text
    assert (Item.objects.count(), Quote.objects.count(), Entry.objects.count()) == (0, 0, before)


def test_a_verbatim_stands_once_under_an_item(manager):
    row = said(customer(), "Trop long. Vraiment.")
    item = put(declared(), "keep_against", "L’attente")
    quoted(item, row, user=manager)
    with pytest.raises(actions.AlreadyThere):
        quoted(item, row, chosen=(1,), user=manager)
    assert Quote.objects.get().text == "Trop long."


def test_the_picker_finds_words_and_offers_their_sentences(manager, as_person):
    nadia()
    change = declared()
    page = (
        as_person(manager)
        .get(f"{LIST}{change.pk}/mots/", {"q": "réexpliquer", "to": "cell-keep_against"})
        .text
    )
    assert "1 texte répond" in page
    assert page.count('name="sentence"') == 3


def test_words_leave_the_balance_with_the_person_who_is_erased(administrator, as_person):
    person = customer()
    row = said(person, "Je préfère parler à quelqu’un.")
    change = declared()
    quoted(put(change, "keep_for", "Une voix"), row, user=administrator)
    erase_customer(customer=person, by=administrator, reason="sa demande")
    assert not Quote.objects.exists()
    assert "Je préfère parler" not in as_person(administrator).get(f"{LIST}{change.pk}/").text


def test_a_passage_no_longer_in_its_verbatim_is_not_shown_as_said(manager):
    row = said(customer(), "Je préfère parler à quelqu’un.")
    item = put(declared(), "keep_for", "Une voix")
    quoted(item, row, user=manager)
    type(row).objects.filter(pk=row.pk).update(text="Autre chose.")
    assert said_under(manager, [item]) == {}


def test_an_item_is_removed_and_put_back(manager, as_person):
    change = declared()
    item = put(change, "keep_for", "L’habitude")
    person = as_person(manager)
    person.post(f"{LIST}{change.pk}/elements/{item.pk}/retirer/")
    assert items_of(change) == []
    person.post(f"{LIST}{change.pk}/elements/{item.pk}/remettre/")
    assert items_of(change) == [item]
    assert list(Entry.objects.filter(kind="item").order_by("pk").values_list("verb", flat=True)) == [
        "created", "removed", "undid",
    ]  # fmt: skip


def test_detaching_a_passage_leaves_the_verbatim(manager, as_person):
    row = said(customer(), "Je préfère parler à quelqu’un.")
    change = declared()
    quote = quoted(put(change, "keep_for", "Une voix"), row, user=manager)
    as_person(manager).post(f"{LIST}{change.pk}/mots/{quote.pk}/detacher/")
    assert not Quote.objects.exists()
    assert type(row).objects.filter(pk=row.pk).exists()


# weighing


def test_one_person_weighs_and_the_doubt_is_said(manager, as_person):
    change = declared()
    quick, known = put(change, "change_for", "Plus rapide"), put(change, "keep_for", "L’habitude")
    as_person(manager).post(
        f"{LIST}{change.pk}/peser/", {f"item-{quick.pk}": 8, f"item-{known.pk}": 4}
    )
    read = customers_side(change, manager)
    assert isinstance(read.scales, Balance)
    assert read.scales.balance == pytest.approx(1 / 3)
    assert isinstance(read.across, Abstention)
    assert read.lean == "unknown"
    page = as_person(manager).get(f"{LIST}{change.pk}/").text
    assert "on ne sait pas de quel côté cela penche" in page
    assert "1 personne a pesé ; il en faut 3 pour dire le doute" in page.replace("\u202f", " ")


def test_three_people_who_agree_show_a_lean_with_its_interval(manager, analyst, administrator):
    change = declared()
    quick, known = put(change, "change_for", "Plus rapide"), put(change, "keep_for", "L’habitude")
    for person, weights in ((manager, (9, 3)), (analyst, (8, 2)), (administrator, (9, 2))):
        actions.weigh_items(
            change=change,
            weights=dict(zip((quick.pk, known.pk), weights, strict=True)),
            note="",
            by=person,
        )
    read = customers_side(change, manager)
    assert isinstance(read.across, Estimate)
    assert read.across.value == pytest.approx((6 / 12 + 6 / 10 + 7 / 11) / 3)
    assert read.across.n == 3
    assert read.lean == "change"
    assert [(tip.item.text, tip.would_weigh) for tip in read.tips] == [
        ("Plus rapide", pytest.approx(7 / 3)), ("L’habitude", pytest.approx(26 / 3)),
    ]  # fmt: skip


def test_every_weighing_is_kept_and_read_again(manager, as_person):
    change = declared()
    item = put(change, "change_for", "Plus rapide")
    first = actions.weigh_items(change=change, weights={item.pk: 3}, note="", by=manager)
    actions.weigh_items(change=change, weights={item.pk: 9}, note="après la réunion", by=manager)
    assert Weighing.objects.count() == 2
    assert [one.weight for one in weights_of(change)] == [9]
    assert [one.weight for one in weights_of(change, until=first)] == [3]
    page = as_person(manager).get(f"{LIST}{change.pk}/", {"pesee": first.pk}).text
    assert "Vous lisez la balance telle qu’elle était" in page


@pytest.mark.parametrize("weight", ["11", "-1", "beaucoup", ""])
def test_a_weight_out_of_scale_weighs_nothing(manager, as_person, weight):
    change = declared()
    item = put(change, "change_for", "Plus rapide")
    answer = as_person(manager).post(f"{LIST}{change.pk}/peser/", {f"item-{item.pk}": weight})
    assert answer.status_code == 422
    assert not Weighing.objects.exists()
    assert not Entry.objects.filter(kind="weighing").exists()


def test_an_item_of_another_change_is_never_weighed(manager):
    mine, other = declared(), declared(name="Autre")
    item = put(other, "change_for", "Ailleurs")
    with pytest.raises(actions.NotOfThisChange):
        actions.weigh_items(change=mine, weights={item.pk: 5}, note="", by=manager)
    assert not Weight.objects.exists()


def test_the_beam_tips_to_the_heavier_side(manager):
    change = declared()
    heavy, light = put(change, "change_for", "Plus rapide"), put(change, "keep_for", "L’habitude")
    assert scales_of(customers_side(change, manager)) is None
    actions.weigh_items(change=change, weights={heavy.pk: 9, light.pk: 1}, note="", by=manager)
    drawn = scales_of(customers_side(change, manager))
    assert drawn is not None
    assert drawn.beam.y2 > drawn.beam.y1
    assert [pan.total for pan in drawn.pans] == [1, 9]


def test_the_page_asks_as_often_for_many_words_as_for_few(
    manager, as_person, django_assert_num_queries
):
    nadia()
    people = neighbours()
    change = declared()
    item = put(change, "keep_against", "L’attente")
    quoted(item, said(people[0], "Trop long."), user=manager)
    actions.weigh_items(change=change, weights={item.pk: 5}, note="", by=manager)
    person = as_person(manager)
    with CaptureQueriesContext(connection) as few:
        person.get(f"{LIST}{change.pk}/")
    for one in people:
        for cell in Item.In.values:
            quoted(put(change, cell, f"{one} {cell}"), said(one, "Trop long encore."), user=manager)
    with django_assert_num_queries(len(few)):
        assert "Trop long encore." in person.get(f"{LIST}{change.pk}/").text


def test_the_meeting_sheet_holds_cells_scales_and_room_to_decide(manager, as_person):
    change = declared()
    item = put(change, "change_for", "Plus rapide")
    put(change, "change_against", "La loi", holder="firm", external=True)
    actions.weigh_items(change=change, weights={item.pk: 8}, note="", by=manager)
    page = as_person(manager).get(f"{LIST}{change.pk}/feuille/").text
    for words in ("Plus rapide", 'class="scales"', "Ce que nous décidons", "La loi"):
        assert words in page
