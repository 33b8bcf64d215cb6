"""Stamps are the moments that the plain reader finds, whatever the zone and the way of writing."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entregent.adapters.intake.values import (
    Unreadable,
    moment_of,
    stamp,
    stamp_reader,
    time_reader,
)

ZONES = ["UTC", "Europe/Paris", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]  # fmt: skip
moments = st.datetimes(min_value=datetime(1901, 1, 1), max_value=datetime(2099, 12, 31))


@given(moments, st.sampled_from(ZONES), st.sampled_from([" ", "T"]), st.booleans())
def test_a_stamp_is_the_moment_in_utc(moment, zone, sign, with_parts_of_seconds):
    text = (moment if with_parts_of_seconds else moment.replace(microsecond=0)).isoformat(sign)
    read, read_stamp = (make(zone, day_first=True) for make in (time_reader, stamp_reader))
    for _ in range(2):
        assert moment_of(read_stamp(text)) == read(text)
        assert read_stamp(text) == stamp(read(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 03:00:00", "2026-03-29 01:00:00"),
        ("2026-10-25 01:30:00", "2026-10-24 23:30:00"),
        ("2026-10-25 03:30:00", "2026-10-25 02:30:00"),
    ],
)
def test_clocks_that_are_put_forward_or_back_are_followed(text, expected):
    assert stamp_reader("Europe/Paris", day_first=True)(text) == expected


@pytest.mark.parametrize("text", ["2026-02-30 10:00:00", "2026-03-01 10:61:00", "2026-03-01 24:30:00", "2384-03-01 10:00:00", "2026-03-01 10:00:0x"])  # fmt: skip
def test_a_text_that_is_no_moment_is_refused_as_it_stands_even_after_its_hour_was_read(text):
    read = stamp_reader("Europe/Paris", day_first=True)
    read("2026-03-01 10:00:00")
    with pytest.raises(Unreadable) as refusal:
        read(text)
    assert refusal.value.reason.facts == {"text": text}
