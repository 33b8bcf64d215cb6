"""Pictures of value: they draw, in both languages, with the figures of the results."""

from datetime import date

import ibis
import numpy as np
import pytest
import vl_convert

from entregent.adapters.charts import value as pictures
from entregent.engine.estimates import wilson_share
from entregent.engine.value.abc import concentration, concentration_curve
from entregent.engine.value.class_moves import class_moves
from entregent.engine.value.crossed_matrix import crossed_matrix
from entregent.engine.value.holdout import CalibrationGroup, HoldoutValidation, Tracking

BASE = ibis.memtable(
    {
        "customer_id": list(range(10)),
        "revenue": [50.0, 20, 10, 8, 4, 3, 2, 1, 1, 1],
        "potential": [1.0, 2, 30, 4, 50, 6, 7, 8, 9, 10],
    }
)
YEAR = ibis.memtable({"customer_id": [1, 2, 3], "abc_class": ["A", "B", "C"]})
NEXT = ibis.memtable({"customer_id": [1, 2, 4], "abc_class": ["B", "B", "A"]})
TRACKED = Tracking(
    (date(2026, 1, 7), date(2026, 1, 14), date(2026, 1, 21)),
    np.array([1.0, 3, 4]),
    np.array([1.2, 2.8, 4.4]),
    date(2026, 1, 14),
)
VALIDATED = HoldoutValidation(
    200,
    50.0,
    48.0,
    -0.04,
    0.4,
    (),
    (
        CalibrationGroup(100, 0.6, 0.2, wilson_share(22, 100, unit=1.0)),
        CalibrationGroup(100, 0.9, 0.7, wilson_share(68, 100, unit=1.0)),
    ),
    0.02,
)

DRAWN = {
    "abc": lambda language: pictures.concentration_curve_picture(
        concentration_curve(BASE), concentration(BASE), language
    ),
    "lorenz": lambda language: pictures.lorenz_curve_picture(
        concentration_curve(BASE, best_first=False), concentration(BASE), language
    ),
    "matrix": lambda language: pictures.crossed_matrix_picture(crossed_matrix(BASE), language),
    "moves": lambda language: pictures.class_moves_picture(class_moves(YEAR, NEXT), language),
    "tracking": lambda language: pictures.tracking_picture(TRACKED, language),
    "calibration": lambda language: pictures.calibration_picture(VALIDATED, language),
}
SAID = {
    "abc": ("A finit ici", "A ends here"),
    "lorenz": ("Gini 0,64", "Gini 0.64"),
    "matrix": ("fonds de commerce", "core business"),
    "moves": ("Passages d’une classe", "Moves between classes"),
    "tracking": ("fin du calage", "calibration ends"),
    "calibration": ("probabilité prévue", "probability foretold"),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize(("language", "place"), [("fr", 0), ("en", 1)])
def test_a_picture_is_drawn_in_the_language_asked(name, language, place):
    drawn = vl_convert.vegalite_to_svg(DRAWN[name](language))
    assert SAID[name][place] in drawn
    assert SAID[name][1 - place] not in drawn


def test_the_curve_marks_where_classes_end():
    ends = str(DRAWN["abc"]("en"))
    assert "A ends here: 30% of customers, 80%" in ends
    assert "B ends here: 60% of customers, 95%" in ends


def test_the_matrix_shows_every_cell_of_the_result():
    (cells,) = DRAWN["matrix"]("en")["datasets"].values()
    assert len(cells) == 12
    assert sum(cell["customers"] for cell in cells) == 10
