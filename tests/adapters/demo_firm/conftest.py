from datetime import date

import pytest

from entregent.adapters.demo_firm import DemoFirm, generate_firm

TODAY = date(2026, 11, 1)


@pytest.fixture(scope="session")
def firm() -> DemoFirm:
    return generate_firm(today=TODAY)


@pytest.fixture(scope="session")
def rows(firm):
    return {name: table.to_pylist() for name, table in firm.tables.items()}


@pytest.fixture(scope="session")
def customers_words(rows):
    """Everything customers wrote, and what advisers noted of what they said."""
    said = [row["text"] for row in rows["interactions"] if row["direction"] == "in" and row["text"]]
    return said + [row["text"] for row in rows["answers"] if row["item"] == "comment"]
