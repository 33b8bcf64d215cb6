"""The shell face of the measures of value, on small files."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from entregent.cli.main import app
from entregent.engine.value.bg_nbd import BgNbd

REVENUE = "client,ca,potentiel\n" + "\n".join(
    f"{who},{amount},{potential}"
    for who, amount, potential in zip(
        range(1, 11),
        [50, 20, 10, 8, 4, 3, 2, 1, 1, 1],
        [10, 50, 1, 1, 20, 5, 2, 1, 9, 1],
        strict=True,
    )
)


@pytest.fixture
def measured():
    def run(*arguments):
        done = CliRunner().invoke(app, ["measure", *map(str, arguments), "--format", "json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return run


@pytest.fixture
def revenue(tmp_path):
    path = tmp_path / "revenue.csv"
    path.write_text(REVENUE)
    return path


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    """A year of sales of four hundred customers."""
    generator = np.random.default_rng(5)
    drawn = BgNbd(0.8, 30, 0.9, 4).simulated(np.full(400, 364.0), generator)
    lines = ["customer_id,at,amount"]
    for who, (count, last) in enumerate(
        zip(drawn.repeat_purchases, drawn.age_at_last_purchase, strict=True)
    ):
        # The last purchase is where the model has it, the others lie evenly before.
        days = {0} | {int(last * part / count) for part in range(1, int(count) + 1)}
        worth = generator.gamma(5, 4)
        for day in sorted(days):
            at = np.datetime64("2025-01-01") + day
            lines.append(f"{who},{at},{generator.gamma(8, worth / 8):.2f}")
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    path.write_text("\n".join(lines))
    return path


COLUMNS = ("--customer", "client", "--revenue", "ca")


def test_abc_prints_the_real_shares(measured, revenue, tmp_path):
    drawn = tmp_path / "abc.json"
    rows = measured("abc", revenue, *COLUMNS, "--picture", drawn)
    assert [(row["name"], row.get("customers")) for row in rows[:4]] == [
        ("A", 3),
        ("B", 3),
        ("C", 4),
        ("prospects", 0),
    ]
    assert rows[4]["value"] == pytest.approx(0.638)
    assert "Courbe ABC" in json.loads(drawn.read_text())["title"]["text"]


def test_lorenz_is_drawn_when_asked(measured, revenue, tmp_path):
    drawn = tmp_path / "lorenz.svg"
    measured("abc", revenue, *COLUMNS, "--lorenz", "--language", "en", "--picture", drawn)
    assert "Lorenz curve of revenue" in drawn.read_text()


def test_the_crossed_matrix_prints_twelve_cells(measured, revenue):
    rows = measured("crossed-matrix", revenue, *COLUMNS, "--potential", "potentiel")
    assert len(rows) == 12
    assert rows[0]["domains"] == ["core_business", "development"]
    cut = ("--middle-from", 5, "--high-from", 20, "--middle-column", "development")
    by_amounts = measured("crossed-matrix", revenue, *COLUMNS, "--potential", "potentiel", *cut)
    assert sum(row["customers"] for row in by_amounts if row["potential_level"] == 1) == 2


def test_class_moves_of_a_year_that_changed_nothing(measured, revenue):
    rows = measured("class-moves", revenue, revenue, *COLUMNS)
    assert [row["A"] for row in rows[:5]] == [3, 0, 0, 0, 0]
    assert rows[-1]["value"] == 1


def test_rfm_prints_cells_or_customers(measured, sales):
    cells = measured("rfm", sales)
    assert sum(cell["customers"] for cell in cells) == 400
    assert len(measured("rfm", sales, "--customers", "--ties", "together")) == 400


@pytest.mark.parametrize("model", ["bg-nbd", "pareto-nbd"])
def test_models_of_buying_are_fitted(measured, sales, model):
    rows = measured("buying-model", sales, "--model", model, "--until", "2025-12-31")
    assert [row["model"] for row in rows] == [model] * 5 + ["gamma-gamma"] * 4
    assert rows[0]["n"] == 400
    assert rows[0]["low"] < rows[0]["value"] < rows[0]["high"]


def test_lifetime_values_come_best_first(measured, sales):
    rows = measured("lifetime-value", sales, "--discount-rate", "0.01", "--margin", "0.3")
    values = [row["value"] for row in rows]
    assert len(values) == 400
    assert values == sorted(values, reverse=True)
    (total,) = measured(
        "lifetime-value", sales, "--discount-rate", "0.01", "--margin", "0.3", "--total"
    )
    assert total["value"] == pytest.approx(sum(values))


def test_a_holdout_is_judged_and_drawn(measured, sales, tmp_path):
    calibration, tracking = tmp_path / "calibration.json", tmp_path / "tracking.json"
    rows = measured(
        "holdout",
        sales,
        *("--calibration-until", "2025-09-30"),
        *("--picture", calibration, "--tracking", tracking),
    )
    assert rows[0]["customers"] == sum(row["customers"] for row in rows[1:]) == 400
    assert rows[0]["observed"] == pytest.approx(sum(row["observed"] for row in rows[1:]))
    assert calibration.exists()
    assert tracking.exists()


def test_gifts_year_after_year_are_fitted(measured, tmp_path):
    file = tmp_path / "donors.csv"
    rows = ["purchases,last_purchase,occasions,customers"]
    rows += ["0,0,6,300", "1,1,6,80", "2,4,6,60", "3,5,6,50", "5,6,6,40", "6,6,6,90"]
    file.write_text("\n".join(rows))
    found = measured("bg-bb", file, "--customers", "customers")
    assert [row["figure"] for row in found[:4]] == ["alpha", "beta", "gamma", "delta"]
    assert found[0]["n"] == 620


def test_the_margin_multiple_is_printed(measured):
    (row,) = measured("margin-multiple", 0.9, 0.12)
    assert row["value"] == pytest.approx(4.0909, abs=1e-4)


def test_share_of_wallet_reads_an_empty_cell_as_a_brand_not_used(measured, tmp_path):
    file = tmp_path / "satisfaction.csv"
    file.write_text("ours,theirs,other\n9,8,\n7,7,4\n")
    rows = measured("wallet", file, "--brand", "ours", "--brand", "theirs", "--brand", "other")
    assert rows[0]["value"] == pytest.approx((2 / 3 + 5 / 12) / 2)


@pytest.mark.parametrize(
    ("content", "options", "refusal"),
    [
        ("client,ca\n1,5\n2,-3\n", COLUMNS, "NegativeRevenue: 1 customers"),
        ("client,ca\n1,5\n", (), "MissingColumns"),
        ("client,ca\n1,0\n", COLUMNS, "NoRevenue"),
    ],
)
def test_a_refusal_is_one_line_and_a_failure(tmp_path, content, options, refusal):
    file = tmp_path / "bad.csv"
    file.write_text(content)
    done = CliRunner().invoke(app, ["measure", "abc", str(file), *options])
    assert done.exit_code == 1
    assert refusal in done.output


def test_doubts_are_said_beside_the_figures(sales):
    done = CliRunner().invoke(app, ["measure", "buying-model", str(sales)])
    assert "alive_without_repeat" in done.stderr
    assert "alive_without_repeat" not in done.stdout
