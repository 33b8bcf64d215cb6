from datetime import timedelta

import pytest
from django.utils import timezone
from tests.web.factories import agreed, answered, case, customer, days_ago, nadia, paid, said

from entregent.web.audit.models import Entry, Verb
from entregent.web.customers import measures
from entregent.web.customers.queries import timeline as timelines
from entregent.web.customers.queries.file import file_of
from entregent.web.customers.queries.timeline import TimelineAsked, timeline_of
from entregent.web.evidence.models import Agreement, Consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def her():
    return nadia()


def _plain(text):
    """With every space an ordinary one."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_first_screen_says_who_what_is_open_and_what_to_watch(her, adviser, as_person):
    page = _plain(as_person(adviser).get(f"/comprendre/clients/{her.pk}/").text)
    for words in (
        "Particulier, avec nous depuis 7 ans",
        "2 contrats en cours",
        "418,80 € versés sur douze mois",
        "Promesse en retard de 5 jours",
        "Promesse à tenir demain",
        "Réclamation sans solution depuis 19 jours, au-delà des 10 jours visés",
        "Recommandation tombée de 9 à 4 sur 10",
        "Son dernier message attend une réponse depuis 4 jours",
        "Contrat qui finit dans 47 jours",
        "Ne jamais appeler avant 17 h",
        "Deux mois de cotisation",
    ):
        assert words in page


def test_the_page_asks_a_constant_number_of_questions(
    her, adviser, as_person, django_assert_num_queries
):
    person = as_person(adviser)
    address = f"/comprendre/clients/{her.pk}/"
    person.get(address)
    with django_assert_num_queries(30):
        person.get(address)
    for n in range(60):
        said(her, f"Message {n}", at=days_ago(n))
        paid(her, n)
        agreed(her, "promise", f"Promesse {n}", until=timezone.localdate())
    with django_assert_num_queries(30):
        person.get(address)


def test_every_look_leaves_one_row_an_hour_for_each_person(her, adviser, manager, as_person):
    address = f"/comprendre/clients/{her.pk}/"
    for _ in range(3):
        as_person(adviser).get(address)
    as_person(manager).get(address)
    assert (
        Entry.objects.filter(verb=Verb.LOOKED, kind="customer", object_id=str(her.pk)).count() == 2
    )
    Entry.objects.update(at=timezone.now() - timedelta(minutes=61))
    as_person(adviser).get(address)
    assert Entry.objects.filter(verb=Verb.LOOKED).count() == 3


def test_the_trail_never_holds_the_name(her, adviser, as_person):
    as_person(adviser).get(f"/comprendre/clients/{her.pk}/")
    assert Entry.objects.get().about == f"client n° {her.pk}"


def test_nobody_without_the_power_opens_a_file(her, adviser, as_person):
    client = as_person(adviser)
    adviser.role = "nobody"
    adviser.save()
    assert client.get(f"/comprendre/clients/{her.pk}/").status_code == 403
    assert client.get(f"/comprendre/clients/{her.pk}/histoire/").status_code == 403
    assert not Entry.objects.exists()


def test_a_customer_who_is_not_there_is_not_found(adviser, as_person):
    assert as_person(adviser).get("/comprendre/clients/9/").status_code == 404


def test_an_empty_file_says_so_and_invites(adviser, as_person):
    page = (
        as_person(adviser)
        .get(f"/comprendre/clients/{customer('Nouveau Venu', since=None).pk}/")
        .text
    )
    for words in (
        "aucun message de sa part",
        "Rien d’ouvert et rien d’inquiétant",
        "Son histoire est vide",
        "Aucun contrat connu",
    ):
        assert words in page


# What to watch


def _watch(person, target=10):
    return [
        (one.weight, _plain(one.text))
        for one in measures.what_to_watch(file_of(person), case_target_days=target)
    ]


def test_the_gravest_comes_first(her):
    weights = [weight for weight, _ in _watch(her)]
    assert weights == sorted(weights, key=("bad", "warn", "good").index)


@pytest.mark.parametrize(("days", "weight"), [(10, "warn"), (11, "bad")])
def test_a_case_is_late_beyond_the_target_of_the_house(days, weight):
    person = customer()
    case(person, opened_at=days_ago(days + 0.1))
    assert [found for found, _ in _watch(person)] == [weight]


def test_a_settled_case_and_a_kept_promise_are_nothing_to_watch():
    person = customer()
    case(person, opened_at=days_ago(40), resolved_at=days_ago(2))
    agreed(person, "promise", "Rappeler", until=timezone.localdate() - timedelta(days=9), kept=True)
    assert _watch(person) == []


def test_a_promise_due_today_is_not_late():
    person = customer()
    agreed(person, "promise", "Rappeler", until=timezone.localdate())
    assert _watch(person) == [("warn", "Promesse à tenir aujourd’hui")]


def test_a_message_answered_or_a_call_waits_for_nothing():
    person = customer()
    said(person, "Allô ?", at=days_ago(5))
    said(person, "Voilà.", at=days_ago(4), direction="out")
    assert _watch(person) == []
    said(person, "", at=days_ago(3), channel="phone")
    assert _watch(person) == []
    said(person, "Et alors ?", at=days_ago(3))
    assert _watch(person) == [("bad", "Son dernier message attend une réponse depuis 3 jours")]


@pytest.mark.parametrize(
    ("scores", "watched"),
    [
        ([8], []),
        ([10], [("good", "Nous recommande")]),
        ([5], [("warn", "Ne nous recommande pas")]),
        ([10, 7], [("bad", "Recommandation tombée de 10 à 7 sur 10")]),
        ([7, 5], [("warn", "Ne nous recommande pas")]),
        ([2, 9], [("good", "Nous recommande")]),
    ],
)
def test_recommendation_is_read_with_the_one_before_it(scores, watched):
    person = customer()
    for n, score in enumerate(scores):
        answered(person, score, at=days_ago(30 - n))
    found = _watch(person)
    assert [weight for weight, _ in found] == [weight for weight, _ in watched]
    assert all(text.startswith(start) for (_, text), (_, start) in zip(found, watched, strict=True))


# The timeline


def _told(person, **asked):
    return [
        (event.kind, len(event.rows))
        for event in timeline_of(person, TimelineAsked(**asked)).events
    ]


def test_everything_that_happened_stands_in_one_line_newest_first(her):
    events = timeline_of(her, TimelineAsked()).events
    assert [event.place for event in events] == sorted(
        (event.place for event in events), reverse=True
    )
    assert {event.kind for event in events} == {
        "said",
        "answered",
        "bought",
        "complained",
        "agreed",
    }


def test_answers_of_one_response_stand_together_and_equal_payments_too():
    person = customer()
    at = days_ago(1)
    answered(person, 9, at=at, response_id="r")
    answered(person, None, "Parce que", at=at, response_id="r", item="pourquoi")
    for n in range(3):
        paid(person, "10", at=days_ago(40 + n))
    assert _told(person) == [("answered", 2), ("bought", 3)]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"kind": "said"}, 8), ({"kind": "complained"}, 2), ({"channel": "chat"}, 2), ({"direction": "out"}, 3),
        ({"channel": "chat", "direction": "out"}, 1), ({"kind": "agreed", "channel": "chat"}, 0),
        ({"words": "remboursement"}, 1), ({"words": "attestation"}, 3), ({"words": "expert"}, 2), ({"words": "zzz"}, 0),
        ({"words": "sinistre -traîne"}, 2),
    ],
)  # fmt: skip
def test_the_history_is_filtered_and_searched(her, asked, count):
    assert len(_told(her, **asked)) == count


def test_a_period_bounds_every_kind_of_event(her):
    since, until = days_ago(31), days_ago(10)
    events = timeline_of(her, TimelineAsked(since=since, until=until)).events
    assert events
    assert all(since <= event.at < until for event in events)


def test_pages_of_the_history_meet_every_event_once(her, monkeypatch):
    everything = [event.place for event in timeline_of(her, TimelineAsked()).events]
    moment = days_ago(12).replace(microsecond=0)
    for n in range(5):
        # One moment for several tables: the order must still be total.
        said(her, f"m{n}", at=moment)
        case(her, opened_at=moment, cause=str(n))
        answered(her, n, at=moment)
    monkeypatch.setattr(timelines, "PAGE", 500)
    everything = [
        row.pk for event in timeline_of(her, TimelineAsked()).events for row in event.rows
    ]
    for size in (1, 4, 7):
        monkeypatch.setattr(timelines, "PAGE", size)
        seen, after = [], ""
        while True:
            part = timeline_of(her, TimelineAsked(), after=after)
            seen += [row.pk for event in part.events for row in event.rows]
            after = part.following
            if not after:
                break
        assert seen == everything


@pytest.mark.parametrize("after", ["x", "W10", "bnVsbA"])
def test_a_place_misread_is_the_start(her, after):
    assert (
        timeline_of(her, TimelineAsked(), after=after).events
        == timeline_of(her, TimelineAsked()).events
    )


def test_the_part_that_goes_on_keeps_the_filters(her, adviser, as_person, monkeypatch):
    monkeypatch.setattr(timelines, "PAGE", 1)
    part = (
        as_person(adviser)
        .get(f"/comprendre/clients/{her.pk}/histoire/", {"what": "said", "q": "bonjour"})
        .text
    )
    assert "<mark>Bonjour</mark>" in part
    assert "what=said&amp;q=bonjour&amp;after=" in part


# What people do on it


def test_a_preference_is_noted_and_can_be_taken_back(her, adviser, as_person):
    person = as_person(adviser)
    person.post(
        f"/comprendre/clients/{her.pk}/noter/", {"kind": "preference", "text": "Préfère l’e-mail"}
    )
    noted = Agreement.objects.get(text="Préfère l’e-mail")
    assert (noted.kind, noted.since, noted.customer) == ("preference", timezone.localdate(), her)
    page = person.get(f"/comprendre/clients/{her.pk}/").text
    assert "noté par Claire Petit" in page
    person.post(f"/comprendre/clients/{her.pk}/accords/{noted.pk}/retirer/")
    assert not Agreement.objects.filter(pk=noted.pk).exists()
    assert list(
        Entry.objects.exclude(verb="looked").order_by("pk").values_list("verb", flat=True)
    ) == ["created", "removed"]


@pytest.mark.parametrize(
    "posted",
    [
        {"kind": "promise", "text": "Rappeler"},
        {"kind": "tacit", "text": ""},
        {"kind": "contract", "text": "x"},
    ],
)
def test_a_note_that_says_too_little_changes_nothing(her, adviser, as_person, posted):
    before = Agreement.objects.count()
    answer = as_person(adviser).post(f"/comprendre/clients/{her.pk}/noter/", posted)
    assert answer.status_code == 422
    assert Agreement.objects.count() == before
    assert not Entry.objects.filter(verb=Verb.CREATED).exists()


def test_a_promise_is_kept_broken_and_opened_again(her, adviser, as_person):
    promise = Agreement.objects.get(text="Solde de l’indemnisation versé")
    for became, kept in (("kept", True), ("broken", False), ("open", None)):
        as_person(adviser).post(
            f"/comprendre/clients/{her.pk}/accords/{promise.pk}/tenue/", {"became": became}
        )
        promise.refresh_from_db()
        assert promise.kept is kept
    assert Entry.objects.filter(verb=Verb.CHANGED, kind="agreement").count() == 3


def test_only_a_promise_is_kept_or_broken(her, adviser, as_person):
    tacit = Agreement.objects.filter(kind="tacit").get()
    answer = as_person(adviser).post(
        f"/comprendre/clients/{her.pk}/accords/{tacit.pk}/tenue/", {"became": "kept"}, follow=True
    )
    assert "seule une promesse" in answer.text
    tacit.refresh_from_db()
    assert tacit.kept is None
    assert not Entry.objects.filter(kind="agreement").exists()


def test_an_agreement_is_reached_only_through_its_own_customer(her, adviser, as_person):
    other, mine = customer("Autre"), Agreement.objects.filter(kind="tacit").get()
    assert (
        as_person(adviser)
        .post(f"/comprendre/clients/{other.pk}/accords/{mine.pk}/retirer/")
        .status_code
        == 404
    )
    assert Agreement.objects.filter(pk=mine.pk).exists()


def test_a_consent_is_withdrawn_and_the_withdrawal_taken_back(her, adviser, as_person):
    consent = Consent.objects.get(purpose="appels de suivi")
    address = f"/comprendre/clients/{her.pk}/consentements/{consent.pk}/"
    as_person(adviser).post(address)
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    as_person(adviser).post(address)
    consent.refresh_from_db()
    assert consent.withdrawn_at is None
    assert [
        entry.facts["withdrawn"] for entry in Entry.objects.filter(kind="consent").order_by("pk")
    ] == [True, False]


@pytest.mark.parametrize("place", ["noter/", "identite/ajouter/", "fusionner/", "effacer/"])
def test_an_analyst_reads_and_changes_nothing(her, analyst, as_person, place):
    assert as_person(analyst).post(f"/comprendre/clients/{her.pk}/{place}").status_code == 403
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "place",
    ["noter/", "accords/1/tenue/", "accords/1/retirer/", "consentements/1/", "releve/partager/"],
)
def test_nothing_is_changed_by_following_a_link(her, adviser, as_person, place):
    assert as_person(adviser).get(f"/comprendre/clients/{her.pk}/{place}").status_code == 405
