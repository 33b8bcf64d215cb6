"""Daily sums say of any period exactly what its rows say."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entregent.adapters.snapshot import DailySums, Manifest, Part, connect, evidence_tables
from entregent.adapters.snapshot.daily_sums import FOLDER, forget_sums, write_sums
from entregent.engine.errors import EngineError
from entregent.engine.service.complaints import complaint_figures, complaint_figures_of
from entregent.engine.service.conventions import AbandonedCalls
from entregent.engine.service.levels import (
    ServiceLevel,
    service_level_by,
    service_level_from_counts,
)
from entregent.engine.surveys.answers import with_period
from entregent.engine.surveys.nps import nps_counts_by, nps_counts_from_tally
from entregent.engine.value.purchases import revenue_by_customer

START = datetime(2024, 2, 20, tzinfo=UTC)
STAMP = pa.timestamp("us", "UTC")
MONEY = pa.decimal128(18, 4)
PERIODS = [
    (None, date(2024, 3, 31)),
    (date(2024, 2, 27), date(2024, 3, 18)),
    (date(2024, 3, 5), date(2024, 3, 5)),
    (None, date(2023, 12, 31)),
]


class Chance:
    """Seeded draws, many of them absent."""

    def __init__(self, seed):
        self.draw = np.random.default_rng(seed)

    def of(self, *choices):
        return choices[self.draw.integers(len(choices))]

    def moment(self):
        return START + timedelta(seconds=int(self.draw.integers(0, 400 * 86_400)) / 10)

    def wait(self):
        return self.of(
            None, 0.0, 1.0, 19.2, 20.0, 20.5, 21.0, 90.25, float(self.draw.random() * 300)
        )

    def later(self, at):
        hours = self.of(None, -2, 0, 5, 48, 300, int(self.draw.integers(0, 700)))
        return None if hours is None else at + timedelta(hours=hours)


@pytest.fixture(scope="module")
def backend():
    return connect()


@pytest.fixture(params=range(3))
def chance(request):
    return Chance(request.param)


def table(columns, rows):
    lists = list(zip(*rows, strict=True)) or [[]] * len(columns)
    return pa.table(
        {name: pa.array(values, kind) for (name, kind), values in zip(columns.items(), lists, strict=True)}
    )  # fmt: skip


def opened(backend, folder, name, rows):
    """Daily sums and Ibis table of the same rows, in two parts."""
    parts = []
    for number, part in enumerate((rows.slice(0, len(rows) // 2), rows.slice(len(rows) // 2))):
        file = f"{name}-{number}.parquet"
        pq.write_table(part, folder / file)
        parts.append(Part(file, number, number, part.num_rows))
    manifest = Manifest(1, {name: parts})
    tables = evidence_tables(backend, folder, manifest)
    return DailySums(backend.con, folder, manifest), tables[name]


def within(rows, period, column="at"):
    first, last = period
    rows = rows.filter(rows[column] < ibis.literal(_start(last) + timedelta(days=1)))
    return rows if first is None else rows.filter(rows[column] >= ibis.literal(_start(first)))


def _start(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def nothing_or(number):
    return None if number is None else pytest.approx(number, rel=1e-12)


def outcome(measure, *rows, **asked):
    """What a measure says, or that it refuses."""
    try:
        return measure(*rows, **asked)
    except EngineError as refusal:
        return type(refusal)


INTERACTION = {
    "at": STAMP,
    "channel": pa.string(),
    "direction": pa.string(),
    "wait_seconds": pa.float64(),
    "abandoned": pa.bool_(),
}


TRANSACTION = {
    "at": STAMP,
    "customer_id": pa.int64(),
    "amount": MONEY,
    "kind": pa.string(),
}


def test_volumes_and_calls_are_those_of_the_rows(backend, chance, tmp_path):
    rows = [
        (
            chance.moment(),
            chance.of("phone", "phone", "email", "", None),
            chance.of("in", "in", "out", ""),
            chance.wait(),
            chance.of(True, False, False, None),
        )
        for _ in range(400)
    ]
    sums, stored = opened(backend, tmp_path, "interactions", table(INTERACTION, rows))
    for period, every in zip(PERIODS, "MWWM", strict=True):
        stepped = with_period(within(stored, period), every)
        stepped = stepped.mutate(channel=stepped.channel.fill_null(""))
        counted = stepped.group_by(["period", "channel"]).agg(
            n=stepped.count(), received=(stepped.direction == "in").sum()
        )
        assert sums.volumes(*period, every) == [
            tuple(row.values())
            for row in counted.order_by(["period", "channel"]).to_pyarrow().to_pylist()
        ]
        calls = stepped.filter(
            (stepped.channel == "phone")
            & (stepped.direction != "out")
            & stepped.wait_seconds.notnull()
        )
        convention = chance.of(*AbandonedCalls)
        asked = {"target_seconds": 20, "abandoned": convention}
        levels = [
            (step, level)
            for step, counts in sums.calls(*period, every, 20).items()
            if isinstance(
                level := outcome(service_level_from_counts, counts, **asked), ServiceLevel
            )
        ]
        expected = outcome(service_level_by, calls, ["period"], **asked)
        assert levels == (expected if isinstance(expected, list) else [])
        answered = calls.filter(~calls.abandoned.fill_null(False))
        waits = answered.agg(
            half=answered.wait_seconds.quantile(0.5), slow=answered.wait_seconds.quantile(0.9)
        )
        [found] = waits.to_pyarrow().to_pylist()
        waits = [nothing_or(wait) for wait in found.values()]
        assert sums.waits(*period, (0.5, 0.9)) == waits


def test_a_folder_may_bear_an_apostrophe(backend, tmp_path):
    folder = tmp_path / "l'été"
    folder.mkdir()
    rows = [(START, "phone", "in", 5.0, False)] * 2
    sums, _ = opened(backend, folder, "interactions", table(INTERACTION, rows))
    assert sums.volumes(None, START.date(), "M")[0][1:] == ("phone", 2, 2)


def test_customers_numbered_far_apart_are_added_up_alike(backend, tmp_path):
    rows = [(START, whose, amount, "purchase") for whose, amount in ((7, 2), (10**15, 3), (7, 4))]
    sums, _ = opened(backend, tmp_path, "transactions", table(TRANSACTION, rows))
    assert sorted(sums.revenue(None, START.date())) == [3, 6]


def test_a_wait_that_cannot_be_is_counted_apart(backend, tmp_path):
    waits = (5.0, -1.0, math.inf, math.nan, 1e300)
    rows = [(START, "phone", "in", wait, False) for wait in waits]
    sums, _ = opened(backend, tmp_path, "interactions", table(INTERACTION, rows))
    [counts] = sums.calls(None, START.date(), "M", 20).values()
    assert (counts.answered, counts.in_time, counts.impossible) == (2, 1, 3)
    assert sums.waits(None, START.date(), (0.0, 1.0)) == [5.0, 1e300]


def test_answers_fall_as_the_rows_do(backend, chance, tmp_path):
    columns = {
        "at": STAMP,
        "instrument": pa.string(),
        "item": pa.string(),
        "instrument_version": pa.string(),
        "value": pa.float64(),
    }
    rows = [
        (
            chance.moment(),
            chance.of("nps", "nps", "csat", "mood"),
            chance.of("a", "b"),
            chance.of("", "2", None),
            chance.of(None, *map(float, range(11))),
        )
        for _ in range(400)
    ]
    sums, stored = opened(backend, tmp_path, "answers", table(columns, rows))
    stored = stored.mutate(instrument_version=stored.instrument_version.fill_null(""))
    for period, every in zip(PERIODS, "MWWM", strict=True):
        questions = sums.questions(*period, every)
        found = [
            (one.item, one.version, step, nps_counts_from_tally(tally))
            for one in questions
            if one.instrument == "nps"
            for step, tally in one.steps.items()
        ]
        groups = ["item", "instrument_version", "period"]
        expected = outcome(nps_counts_by, with_period(within(stored, period), every), groups)
        assert sorted(found, key=repr) == sorted(
            expected if isinstance(expected, list) else [], key=repr
        )
        answers = [sum(n for _, n in one.tally) for one in questions]
        assert answers == sorted(answers, reverse=True)
        assert {one.instrument for one in questions} <= {"nps", "csat"}


def test_what_customers_brought_is_what_their_rows_say(backend, chance, tmp_path):
    rows = [
        (
            chance.moment(),
            chance.of(None, 1, 2, 3, 4),
            Decimal(int(chance.draw.integers(-3_000, 90_000))) / 10_000,
            chance.of("purchase", "refund", "claim", "gift", None),
        )
        for _ in range(60)
    ]
    sums, stored = opened(backend, tmp_path, "transactions", table(TRANSACTION, rows))
    for period in PERIODS:
        expected = outcome(revenue_by_customer, within(stored, period))
        brought = [] if isinstance(expected, type) else expected.to_pyarrow()["revenue"].to_pylist()
        assert sorted(sums.revenue(*period)) == sorted(map(float, brought))


def test_cases_are_those_opened_by_the_end_of_the_day(backend, chance, tmp_path):
    columns = {
        "opened_at": STAMP,
        "acknowledged_at": STAMP,
        "resolved_at": STAMP,
        "closed_at": STAMP,
        "reopened": pa.int64(),
    }
    rows = [
        (at, chance.later(at), chance.later(at), chance.later(at), chance.of(None, 0, 2))
        for at in [chance.moment() for _ in range(60)]
    ]
    sums, stored = opened(backend, tmp_path, "cases", table(columns, rows))
    for period in PERIODS:
        asked = {
            "as_of": _start(period[1]) + timedelta(days=1),
            "promises": {"answer": timedelta(days=3)},
        }
        cases = sums.cases(period[1])
        assert outcome(
            complaint_figures_of, cases["opened_at"], cases, cases["reopened"], **asked
        ) == outcome(complaint_figures, within(stored, (None, period[1]), "opened_at"), **asked)


def test_days_are_counted_over_every_table_and_without_parts_there_is_nothing(backend, tmp_path):
    rows = table(TRANSACTION, [(START, 1, None, None), (START + timedelta(days=2), 1, None, None)])
    sums, _ = opened(backend, tmp_path, "transactions", rows)
    assert sums.rows_by_day() == {date(2024, 2, 20): 1, date(2024, 2, 22): 1}
    empty = DailySums(backend.con, tmp_path, Manifest())
    assert empty.rows_by_day() == {}
    assert empty.volumes(None, START.date(), "M") == []
    assert empty.calls(None, START.date(), "M", 20) == {}
    assert empty.waits(None, START.date(), (0.5,)) == [None]
    assert empty.questions(None, START.date(), "M") == []
    assert empty.revenue(None, START.date()).tolist() == []
    assert empty.cases(START.date()) == {}


def test_sums_are_made_once_made_anew_when_told_and_forgotten_with_their_part(backend, tmp_path):
    part = Part("transactions-0.parquet", 0, 0, 2)
    manifest, sums = Manifest(1, {"transactions": [part]}), tmp_path / FOLDER / part.file

    def written(rows):
        pq.write_table(table(TRANSACTION, [(START, 1, None, None)] * rows), tmp_path / part.file)

    def summed():
        return [n for n in pq.read_table(sums)["n"].to_pylist() if n is not None]

    written(2)
    write_sums(connect().con, tmp_path, manifest)
    assert summed() == [2]
    written(7)
    write_sums(connect().con, tmp_path, manifest)
    assert summed() == [2]
    write_sums(connect().con, tmp_path, manifest, anew=[part.file])
    assert summed() == [7]
    forget_sums(tmp_path, [part.file])
    assert not sums.exists()
    DailySums(backend.con, tmp_path, manifest)
    assert summed() == [7]
