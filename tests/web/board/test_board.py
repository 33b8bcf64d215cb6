"""The steering board on a store small enough to count by hand."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.http import QueryDict
from django.urls import reverse
from tests.web.factories import answered, case, customer, paid, said, summarise

from entregent.engine.surveys.nps import net_promoter_score
from entregent.web.audit.models import Entry
from entregent.web.board import measures
from entregent.web.board.periods import Period, asked_period
from entregent.web.board.queries import rows_behind
from entregent.web.evidence.snapshot import refresh_snapshot
from entregent.web.workspace.models import AbandonedCalls, Workspace

LAST = date(2026, 10, 31)
YEAR = Period("12m", LAST - timedelta(days=364), LAST)


def moment(days_before: int, hour: int = 12) -> datetime:
    return datetime(2026, 10, 31, hour, tzinfo=UTC) - timedelta(days=days_before)


# (wait in seconds, abandoned): two answered in time, one late, one given up early, one given up late
CALLS = ((5, False), (20, False), (90, False), (10, True), (60, True))
RATINGS = (10, 9, 9, 8, 7, 6, 3, 0)


@pytest.fixture
def firm(transactional_db):
    """A firm of eight customers, each known by heart."""
    people = [customer(f"Personne {n}") for n in range(8)]
    for n, (person, rating) in enumerate(zip(people, RATINGS, strict=True)):
        answered(person, rating, at=moment(10 + n))
    answered(people[0], 0, at=moment(500))
    for n, (wait, abandoned) in enumerate(CALLS):
        said(people[n], "", channel="phone", wait_seconds=wait, abandoned=abandoned, at=moment(n))
    said(people[0], "", channel="phone", direction="out", wait_seconds=3, at=moment(1))
    for n in range(3):
        said(people[n], "Bonjour", channel="email", at=moment(20 + n))
    case(people[0], opened_at=moment(30))
    case(people[1], opened_at=moment(3))
    case(people[2], opened_at=moment(40), resolved_at=moment(35))
    for person, amount in zip(people, (800, 100, 40, 30, 20, 10), strict=False):
        paid(person, amount, at=moment(40))
    summarise(*people)
    refresh_snapshot()
    return people


def level(convention: str, target: int = 20):
    said_by_the_firm = Workspace(pk=1, abandoned_calls=convention, answer_target_seconds=target)
    return measures.board(YEAR, said_by_the_firm).answering.level.level


def test_the_score_is_the_engines_on_the_same_answers(firm):
    (score,) = measures.board(YEAR, Workspace(pk=1)).scores
    of_the_engine = net_promoter_score(np.array(RATINGS))
    assert score.estimate.value == 0.0
    assert score.estimate == of_the_engine


def test_a_gain_over_the_stretch_before_is_a_gain(firm, manager, as_person):
    """One detractor the year before, as many promoters as detractors since."""
    (score,) = measures.board(YEAR, Workspace(pk=1)).scores
    assert score.difference.points.value == 100
    for person in firm:
        for day in range(400, 420):
            answered(person, 0, at=moment(day))
    refresh_snapshot()
    page = as_person(manager).get("/mesurer/").text
    assert "La recommandation a gagné 100 points sur la période précédente." in page


@pytest.mark.parametrize(
    ("convention", "share", "calls"),
    [
        (AbandonedCalls.MISSED, 2 / 5, 5),
        (AbandonedCalls.IGNORED, 2 / 3, 3),
        (AbandonedCalls.MET_WHEN_SHORT, 3 / 5, 5),
        (AbandonedCalls.LEFT_OUT_WHEN_SHORT, 2 / 4, 4),
    ],
)
def test_the_service_level_follows_how_given_up_calls_count(firm, convention, share, calls):
    found = level(convention)
    assert (found.value, found.n) == (pytest.approx(100 * share), calls)


def test_the_service_level_follows_the_target(firm):
    assert level(AbandonedCalls.IGNORED, target=5).value == pytest.approx(100 / 3)
    assert level(AbandonedCalls.IGNORED, target=90).value == 100


def test_cases_volumes_and_revenue_are_counted(firm):
    board = measures.board(YEAR, Workspace(pk=1, case_target_days=10))
    assert (board.cases.open, board.cases.steps["answer"].late) == (2, 1)
    assert board.channels == [("phone", 6, 5), ("email", 3, 3)]
    assert board.interactions == 9
    assert board.revenue.classes[0].customers == 1
    assert board.revenue.classes[0].share_of_revenue == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("figure", "asked", "rows"),
    [
        ("nps", {"item": "recommander"}, len(RATINGS)),
        ("calls", {}, len(CALLS)),
        ("calls", {"late": "1"}, 3),
        ("exchanges", {}, 9),
        ("exchanges", {"channel": "email"}, 3),
        ("cases", {"open": "1"}, 2),
        ("cases", {"open": "1", "late": "1"}, 1),
    ],
)
def test_the_rows_behind_a_figure_are_as_many_as_it_says(firm, manager, figure, asked, rows):
    conventions = Workspace(pk=1, case_target_days=10)
    assert rows_behind(manager, figure, YEAR, conventions, asked).count() == rows


def test_two_versions_of_a_question_are_two_scores_with_their_own_rows(
    firm, manager, as_person, transactional_db
):
    for person in firm[:3]:
        answered(person, 10, at=moment(2), instrument_version="2")
    refresh_snapshot()
    scores = measures.board(YEAR, Workspace(pk=1)).scores
    assert [(score.version, score.estimate.n) for score in scores] == [("", 8), ("2", 3)]
    page = as_person(manager).get("/mesurer/").text
    for score in scores:
        address = f"item=recommander&amp;version={score.version}"
        assert address in page
        asked = {"item": "recommander", "version": score.version}
        rows = rows_behind(manager, "nps", YEAR, Workspace(pk=1), asked)
        assert rows.count() == score.estimate.n


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("", LAST - timedelta(days=364), LAST),
        ("period=30d", LAST - timedelta(days=29), LAST),
        ("period=3m", LAST - timedelta(days=90), LAST),
        ("period=all", None, LAST),
        ("period=jamais", LAST - timedelta(days=364), LAST),
        ("from=2026-01-01&to=2026-02-28", date(2026, 1, 1), date(2026, 2, 28)),
        ("from=2026-03-01&to=2026-02-28", date(2026, 2, 28), date(2026, 2, 28)),
        ("from=demain", LAST - timedelta(days=364), LAST),
    ],
)
def test_a_period_is_read_from_the_address(asked, first, last):
    period = asked_period(QueryDict(asked), LAST)
    assert (period.first, period.last) == (first, last)


def test_the_stretch_before_is_as_long_and_ends_the_day_before():
    before = asked_period(QueryDict("period=30d"), LAST).before
    assert (before.first, before.last) == (date(2026, 9, 2), date(2026, 10, 1))
    assert asked_period(QueryDict("period=all"), LAST).before is None


def test_a_board_without_evidence_says_what_to_do(transactional_db, manager, as_person):
    refresh_snapshot()
    page = as_person(manager).get("/mesurer/")
    assert page.status_code == 200
    assert "Il n’y a encore rien à mesurer" in page.text
    assert reverse("sources:imports") in page.text
    assert as_person(manager).get("/mesurer/lignes/nps/").status_code == 404


@pytest.mark.parametrize("asked", ["from=1950-01-01&to=1950-02-01", "period=30d", "period=all"])
def test_any_period_has_a_page(firm, manager, as_person, asked):
    assert as_person(manager).get(f"/mesurer/?{asked}").status_code == 200


def test_the_rows_are_exported_for_those_who_may_and_the_trail_says_so(firm, analyst, as_person):
    answer = as_person(analyst).get("/mesurer/lignes/nps/?item=recommander&export=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert header[:4] == ["client", "quand", "question", "note"]
    assert sorted(float(row[3].replace(",", ".")) for row in rows) == sorted(RATINGS)
    assert Entry.objects.filter(verb="exported", by=analyst).count() == 1


def test_an_adviser_sees_the_rows_and_cannot_take_them_away(firm, adviser, as_person):
    client = as_person(adviser)
    page = client.get("/mesurer/lignes/nps/")
    assert page.status_code == 200
    assert "export=csv" not in page.text
    assert client.get("/mesurer/lignes/nps/?export=csv").status_code == 403
    assert not Entry.objects.filter(verb="exported").exists()


def test_the_board_asks_the_store_a_constant_number_of_questions(
    firm, manager, as_person, django_assert_max_num_queries
):
    client = as_person(manager)
    client.get("/mesurer/")
    with django_assert_max_num_queries(8):
        client.get("/mesurer/")
    with django_assert_max_num_queries(10):
        client.get("/mesurer/lignes/exchanges/")
