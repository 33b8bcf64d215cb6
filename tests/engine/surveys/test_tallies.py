"""Scores from tallies of ratings are those of the ratings themselves."""

from collections import Counter

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entregent.engine.errors import EngineError, NoRatings, RatingOutOfScale
from entregent.engine.surveys.answers import rating_counts
from entregent.engine.surveys.ces import UnknownEffortVersion, ces_by, ces_from_tally
from entregent.engine.surveys.csat import csat_by, csat_from_tally
from entregent.engine.surveys.nps import nps_counts_by, nps_counts_from_tally

NAN = float("nan")


def outcome(measure):
    """What a measure says, or the words in which it refuses."""
    try:
        return measure()
    except EngineError as refusal:
        return type(refusal), str(refusal)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.sampled_from([*map(float, range(1, 11)), 0.0, -1.0, 5.5, 12.0, NAN]))
    | st.lists(st.sampled_from([float(rating) for rating in range(1, 6)])),
    version=st.sampled_from(["1.0", "2.0", ""]),
)
def test_a_tally_gives_what_its_answers_give(values, version):
    def rows(instrument):
        columns = {
            "instrument": pa.array([instrument] * len(values), pa.string()),
            "instrument_version": pa.array([version] * len(values), pa.string()),
            "value": pa.array(values, pa.float64()),
        }
        return ibis.memtable(pa.table(columns))

    tally = [*Counter(values).items(), (4.0, 0)]
    for from_tally, from_rows in (
        (lambda: nps_counts_from_tally(tally), lambda: nps_counts_by(rows("nps"), [])[0][-1]),
        (lambda: csat_from_tally(tally), lambda: csat_by(rows("csat"), [])[0][-1]),
        (
            lambda: ces_from_tally(tally, version),
            lambda: ces_by(rows("ces"), [], version=version or None)[0][-1],
        ),
    ):
        ours, theirs = outcome(from_tally), outcome(from_rows)
        if isinstance(ours, tuple) and isinstance(theirs, tuple) and version == "":
            # Without answers, or off the scale, an unknown version may be noticed first.
            assert ours == theirs or ours[0] is UnknownEffortVersion
        else:
            assert ours == theirs


def test_a_tally_without_answers_or_off_the_scale_is_refused():
    with pytest.raises(NoRatings):
        rating_counts([(9.0, 0)], range(11), "nps")
    with pytest.raises(RatingOutOfScale, match=r"2 answers .* run from 3 to 11"):
        rating_counts([(11.0, 2), (3.0, 1)], range(11), "nps")
