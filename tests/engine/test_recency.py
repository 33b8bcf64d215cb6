"""Up to when evidence tells of a firm's life."""

from datetime import UTC, date, datetime, timedelta

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entregent.engine.recency import last_lived_day

NOW = datetime(2026, 1, 1, tzinfo=UTC)
START = datetime(2024, 1, 1, 12, tzinfo=UTC)


def table(*moments: datetime):
    return {"interactions": ibis.memtable({"at": list(moments)})}


def lively(days: int, each: int = 20) -> list[datetime]:
    return [START + timedelta(days=day) for day in range(days) for _ in range(each)]


def test_the_last_day_counts_however_few_its_rows():
    assert last_lived_day(table(*lively(100), START + timedelta(days=101)), NOW) == date(
        2024, 4, 11
    )


def test_a_plan_far_ahead_is_left_aside():
    assert last_lived_day(table(*lively(100), START + timedelta(days=300)), NOW) == date(2024, 4, 9)


def test_two_plans_with_a_silence_between_them_are_both_left_aside():
    plans = [START + timedelta(days=200), START + timedelta(days=300)]
    assert last_lived_day(table(*lively(100, 40), *plans), NOW) == date(2024, 4, 9)


def test_a_firm_that_rests_in_winter_is_not_cut_off():
    after_winter = [START + timedelta(days=190) for _ in range(10)]
    assert last_lived_day(table(*lively(100), *after_winter), NOW) == date(2024, 7, 9)


def test_the_future_and_an_empty_house_tell_nothing():
    assert last_lived_day(table(datetime(2030, 1, 1, tzinfo=UTC)), NOW) is None
    assert last_lived_day({}, NOW) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
def test_without_a_long_silence_it_is_simply_the_last_day(days):
    moments = [START + timedelta(days=day) for day in days]
    assert last_lived_day(table(*moments), NOW) == max(moments).date()


@pytest.mark.parametrize("name", ["cases", "answers"])
def test_every_table_counts(name):
    column = "opened_at" if name == "cases" else "at"
    late = {name: ibis.memtable({column: [START + timedelta(days=120)] * 5})}
    assert last_lived_day(table(*lively(100)) | late, NOW) == date(2024, 4, 30)
