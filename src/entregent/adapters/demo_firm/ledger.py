"""The books of the firm: evidence rows as they happen, numbered at the end in order of time."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from entregent.adapters.demo_firm.setting import Setting

Row = dict[str, Any]
UTC_TIME = pa.timestamp("us", tz="UTC")
MONEY = pa.decimal128(18, 4)

SCHEMAS: dict[str, pa.Schema] = {
    "customers": pa.schema(
        [
            ("customer_id", pa.int64()),
            ("kind", pa.string()),
            ("name", pa.string()),
            ("language", pa.string()),
            ("since", pa.date32()),
            ("attributes", pa.string()),
        ]
    ),
    "identities": pa.schema(
        [("customer_id", pa.int64()), ("scheme", pa.string()), ("value", pa.string())]
    ),
    "interactions": pa.schema(
        [
            ("interaction_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("at", UTC_TIME),
            ("channel", pa.string()),
            ("direction", pa.string()),
            ("activity", pa.string()),
            ("text", pa.string()),
            ("language", pa.string()),
            ("agent_id", pa.string()),
            ("wait_seconds", pa.float64()),
            ("handle_seconds", pa.float64()),
            ("abandoned", pa.bool_()),
            ("case_id", pa.int64()),
            ("source", pa.string()),
        ]
    ),
    "transactions": pa.schema(
        [
            ("transaction_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("at", UTC_TIME),
            ("amount", MONEY),
            ("currency", pa.string()),
            ("margin", MONEY),
            ("product", pa.string()),
            ("kind", pa.string()),
        ]
    ),
    "answers": pa.schema(
        [
            ("response_id", pa.string()),
            ("customer_id", pa.int64()),
            ("at", UTC_TIME),
            ("instrument", pa.string()),
            ("instrument_version", pa.string()),
            ("item", pa.string()),
            ("value", pa.float64()),
            ("text", pa.string()),
        ]
    ),
    "cases": pa.schema(
        [
            ("case_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("opened_at", UTC_TIME),
            ("acknowledged_at", UTC_TIME),
            ("resolved_at", UTC_TIME),
            ("closed_at", UTC_TIME),
            ("kind", pa.string()),
            ("cause", pa.string()),
            ("remedy_asked", pa.string()),
            ("remedy_given", pa.string()),
            ("severity", pa.string()),
            ("status", pa.string()),
            ("reopened", pa.int64()),
        ]
    ),
    "agreements": pa.schema(
        [
            ("agreement_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("kind", pa.string()),
            ("text", pa.string()),
            ("from", pa.date32()),
            ("until", pa.date32()),
            ("kept", pa.bool_()),
        ]
    ),
    "consents": pa.schema(
        [
            ("customer_id", pa.int64()),
            ("purpose", pa.string()),
            ("given_at", UTC_TIME),
            ("withdrawn_at", UTC_TIME),
            ("source", pa.string()),
        ]
    ),
}
_NUMBERED = {
    "interactions": ("interaction_id", "at"),
    "transactions": ("transaction_id", "at"),
    "cases": ("case_id", "opened_at"),
    "agreements": ("agreement_id", "from"),
}


def euros(value: float) -> Decimal:
    return Decimal(round(value * 100)) / 100


class Ledger:
    """Rows of the eight evidence tables; what lies outside the window is not written down."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._cases_opened = 0

    def write(self, table: str, **row: Any) -> bool:
        """Write the row down if it happened inside the window; say whether it did."""
        happened = row.get("at") or row.get("opened_at")
        if isinstance(happened, datetime) and not self._setting.inside(happened):
            return False
        if isinstance(row.get("at"), datetime):
            row["at"] = row["at"].replace(microsecond=0)
        self._rows[table].append(row)
        return True

    def open_case(self, **row: Any) -> Row | None:
        """A case, returned so that its later steps can be filled in; none outside the window."""
        case: Row = {"case_id": self._cases_opened + 1, "reopened": 0, **row}
        if not self._setting.inside(case["opened_at"]):
            return None
        self._cases_opened += 1
        self._rows["cases"].append(case)
        return case

    def attach_last_contact(self, case: Row) -> None:
        """The contact just written down is the one that opened the case."""
        contact = self._rows["interactions"][-1]
        if contact["customer_id"] == case["customer_id"]:
            contact["case_id"] = case["case_id"]

    def step(self, case: Row | None, column: str, at: datetime, status: str) -> bool:
        """Fill one dated step of a case, unless it lies in the future."""
        if case is None or not self._setting.inside(at):
            return False
        case[column] = at.replace(microsecond=0)
        case["status"] = status
        return True

    def known_by(self, due: date, *, kept: bool) -> bool | None:
        """Whether a promise was kept, as far as the last day of the window can tell."""
        return kept if due <= self._setting.last_day else None

    def tables(self) -> dict[str, pa.Table]:
        new_number: dict[int, int] = {}
        for table, (key, when) in _NUMBERED.items():
            rows = self._rows[table]
            rows.sort(key=lambda row, when=when: (row[when], row["customer_id"]))  # type: ignore[misc]
            for number, row in enumerate(rows, 1):
                if table == "cases":
                    new_number[row[key]] = number
                row[key] = number
        for row in self._rows["interactions"]:
            if row.get("case_id") is not None:
                row["case_id"] = new_number[row["case_id"]]
        self._rows["answers"].sort(key=lambda row: (row["at"], row["response_id"]))
        return {
            name: pa.Table.from_pylist(self._rows[name], schema=schema)
            for name, schema in SCHEMAS.items()
        }
