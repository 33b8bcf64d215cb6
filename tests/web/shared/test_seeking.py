from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.factories import days_ago

from entregent.web.evidence.models import Customer, CustomerSummary
from entregent.web.shared.seeking import Gathered, Place, Seeker

pytestmark = pytest.mark.django_db
SCORES = st.lists(st.none() | st.integers(0, 3), min_size=0, max_size=14)


def _fill(scores):
    Customer.objects.all().delete()
    for score in scores:
        CustomerSummary.objects.create(customer=Customer.objects.create(), kind="person", nps=score)


def _order(scores, *, descending):
    """The second method: the whole list, sorted in memory."""
    rows = list(CustomerSummary.objects.all())
    known = sorted(
        (row for row in rows if row.nps is not None),
        key=lambda row: (row.nps, row.pk),
        reverse=descending,
    )
    unknown = sorted(
        (row for row in rows if row.nps is None), key=lambda row: row.pk, reverse=descending
    )
    return [row.pk for row in known + unknown]


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(scores=SCORES, descending=st.booleans(), size=st.integers(1, 5))
def test_walking_forth_and_back_meets_every_row_once(db, scores, descending, size):
    _fill(scores)
    seeker = Seeker(CustomerSummary.objects.all(), "nps", descending=descending)
    expected = _order(scores, descending=descending)

    page = seeker.page(size=size)
    assert page.previous == ""
    pages = [page]
    while page.following:
        page = seeker.page(after=page.following, size=size)
        pages.append(page)
    assert [row.pk for page in pages for row in page.rows] == expected

    while page.previous:
        pages.pop()
        page = seeker.page(before=page.previous, size=size)
        assert [row.pk for row in page.rows] == [row.pk for row in pages[-1].rows]
    assert len(pages) == 1


@pytest.mark.parametrize("written", ["", "x", "%%%", "bnVsbA", "W10", "WyJ4eHgiLCAxXQ"])
def test_a_place_that_cannot_be_read_is_the_start(written):
    _fill([1, 2])
    seeker = Seeker(CustomerSummary.objects.all(), "nps")
    assert [row.nps for row in seeker.page(after=written, size=5).rows] == [1, 2]


@pytest.mark.parametrize("column", ["revenue", "since", "last_at", "sort_name"])
def test_every_type_of_value_travels_in_an_address(column):
    _fill([1, 2, 3])
    for n, row in enumerate(CustomerSummary.objects.order_by("pk")):
        row.revenue, row.since, row.last_at, row.sort_name = (
            n / 4,
            days_ago(9 - n).date(),
            days_ago(9 - n),
            f"nom {n} é",
        )
        row.save()
    seeker = Seeker(CustomerSummary.objects.all(), column)
    first = seeker.page(size=1)
    second = seeker.page(after=first.following, size=5)
    assert len(second.rows) == 2
    assert first.rows[0].pk not in {row.pk for row in second.rows}


def test_a_page_asks_at_most_twice(django_assert_max_num_queries):
    _fill([1, None, 2, None])
    with django_assert_max_num_queries(2):
        Seeker(CustomerSummary.objects.all(), "nps").page(size=3)


def test_a_moment_keeps_its_fraction_of_a_second():
    _fill([1, 2])
    moment = days_ago(1).replace(microsecond=123456)
    for n, row in enumerate(CustomerSummary.objects.order_by("pk")):
        row.last_at = moment + timedelta(microseconds=n)
        row.save()
    seeker = Seeker(CustomerSummary.objects.all(), "last_at", descending=True)
    assert len(seeker.page(after=seeker.page(size=1).following, size=5).rows) == 1


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(scores=SCORES, descending=st.booleans(), size=st.integers(1, 5))
def test_rows_gathered_in_any_order_are_walked_the_same_way(db, scores, descending, size):
    _fill(scores)
    rows = CustomerSummary.objects.all()
    places = [Place(row.nps, row.pk) for row in rows.order_by("?")]
    walked = Seeker(rows, "nps", descending=descending)
    gathered = Gathered.of(rows, "nps", places, descending=descending)
    after = ""
    while True:
        page = walked.page(after=after, size=size)
        assert gathered.page(after=after, size=size) == page
        if page.previous:
            assert gathered.page(before=page.previous, size=size) == walked.page(
                before=page.previous, size=size
            )
        after = page.following
        if not after:
            break
