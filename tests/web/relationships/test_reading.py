"""One customer is read from their own rows alone, whoever was read before."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped
from entregent.web.relationships.measures.reading import read_one

AT = datetime(2026, 6, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def model():
    return profile_model(shipped(), sector="insurance")


def bought(customer, times):
    return {
        "customers": [{"customer_id": customer}],
        "transactions": [
            {"transaction_id": n, "customer_id": customer, "at": datetime(2026, 5, 1 + n, tzinfo=UTC), "amount": 12, "product": "a"}
            for n in range(times)
        ],
    }  # fmt: skip


def purchases(read):
    return dict(
        zip(
            read.column("customer_id").to_pylist(),
            read.column("purchases").to_pylist(),
            strict=True,
        )
    )


def test_nobodys_rows_are_read_with_the_next_one(model):
    assert purchases(read_one(bought(1, 3), AT, model)) == {1: 3}
    assert purchases(read_one(bought(2, 0), AT, model)) == {2: 0}
    assert purchases(read_one(bought(1, 1), AT, model)) == {1: 1}


def test_another_day_asks_another_question(model):
    assert purchases(read_one(bought(1, 3), AT, model)) == {1: 3}
    earlier = datetime(2026, 5, 2, 12, tzinfo=UTC)
    assert purchases(read_one(bought(1, 3), earlier, model)) == {1: 2}
    assert purchases(read_one(bought(1, 3), AT, model)) == {1: 3}


def test_a_row_that_cannot_be_leaves_nothing_behind(model):
    broken = bought(1, 2)
    broken["transactions"][0]["at"] = "yesterday"
    with pytest.raises(pa.ArrowTypeError):
        read_one(broken, AT, model)
    assert purchases(read_one(bought(2, 1), AT, model)) == {2: 1}
