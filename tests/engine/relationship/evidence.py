"""A small firm's evidence, drawn with a fixed seed, for both engines."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from entregent.engine.evidence import CONTRACTS, DERIVED, FAMILIES

AT = datetime(2026, 6, 1, tzinfo=UTC)
START = datetime(2025, 1, 1, tzinfo=UTC)
TYPES = {
    "identifier": pa.int64(),
    "string": pa.string(),
    "date": pa.date32(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "boolean": pa.bool_(),
    "timestamp('UTC')": pa.timestamp("us", "UTC"),
    "decimal(18, 4)": pa.decimal128(18, 4),
}


def table(name, rows):
    """Rows as an Arrow table in the contract's own types; columns not given are null."""
    contract = (CONTRACTS | DERIVED)[name]
    columns = {}
    for column in contract.columns:
        values = [row.get(column.name) for row in rows]
        type_ = TYPES[column.type]
        if pa.types.is_decimal(type_):
            columns[column.name] = pa.array(values, pa.float64()).cast(type_, safe=False)
        else:
            columns[column.name] = pa.array(values, type_)
    return pa.table(columns)


def small_firm(customers=40, seed=5):
    rng = np.random.default_rng(seed)

    def moment():
        return START + timedelta(seconds=int(rng.integers(0, 500 * 86_400)))

    def who():
        return int(rng.integers(0, customers))

    def one(*choices):
        return choices[int(rng.integers(0, len(choices)))]

    words = (
        "Bonjour Madame, cordialement",
        "Coucou Alix !! une offre, -20 %",
        "tu vas bien ?",
        None,
        "Dear customer, kind regards",
        "Merci Alix Martin",
    )
    rows = {
        "customers": [
            {"customer_id": i, "name": "Alix Martin", "since": date(2020, 1, 1) if i % 3 else None}
            for i in range(customers)
        ],
        "transactions": [
            {
                "transaction_id": i,
                "customer_id": who(),
                "at": moment(),
                "currency": "EUR",
                "amount": round(float(rng.normal(20, 12)), 2),
                "margin": one(None, 4.5),
                "product": one("a", "b", "c", None),
                "kind": one("purchase", "refund", "premium", None),
            }
            for i in range(500)
        ],
        "interactions": [
            {
                "interaction_id": i,
                "customer_id": one(who(), who(), who(), None),
                "at": moment(),
                "channel": one("phone", "email", "review", "web", None),
                "direction": one("in", "out", "internal", None),
                "activity": one(
                    "Appel", "Campagne envoyée", "Résiliation demandée", "Remerciement", None
                ),
                "text": one(*words),
                "agent_id": one("x", "y", None),
                "abandoned": one(True, False, None),
                "wait_seconds": one(None, round(float(rng.exponential(60)), 1)),
            }
            for i in range(700)
        ],
        "answers": [
            {
                "response_id": f"r{i}",
                "customer_id": who(),
                "at": moment(),
                "instrument": instrument,
                "item": item,
                "value": None if item == "metaphor" else float(rng.integers(1, 8)),
                "text": one("Copains", "buddy", "basic_exchange") if item == "metaphor" else None,
            }
            for i in range(300)
            for instrument, item in [
                one(
                    ("relationship", "valence"),
                    ("relation", "scale_liking"),
                    ("nps", "recommend"),
                    ("relationship", "metaphor"),
                )
            ]
        ],
        "cases": [
            {
                "case_id": i,
                "customer_id": who(),
                "opened_at": (opened := moment()),
                "resolved_at": one(None, opened + timedelta(days=4)),
                "closed_at": None,
                "kind": one("complaint", "request"),
                "severity": one("low", "critical"),
                "status": one("open", "escalated"),
                "reopened": one(0, 1, None),
            }
            for i in range(80)
        ],
        "agreements": [
            {
                "agreement_id": i,
                "customer_id": who(),
                "kind": one("contract", "exit_fee", "tacit", "promise"),
                "text": "…",
                "from": one(date(2025, 3, 1), None),
                "until": one(None, date(2026, 1, 1), date(2027, 1, 1)),
                "kept": one(True, False, None),
            }
            for i in range(120)
        ],
        "consents": [
            {
                "customer_id": i,
                "purpose": "marketing",
                "given_at": START,
                "withdrawn_at": one(None, moment()),
            }
            for i in range(0, customers, 2)
        ],
        "coded_segments": [
            {
                "interaction_id": i,
                "position": i % 3,
                "customer_id": who(),
                "at": moment(),
                "movement": one("T", "A", "N", None),
                "movement_confidence": float(rng.random()),
                "sentiment": one("+", "-", "~", "0", None),
                "sentiment_confidence": float(rng.random()),
                "justice": one("", "D", "PI", "F", None),
                "justice_confidence": float(rng.random()),
                "trust": one("", "C+", "H-", "B+", None),
                "trust_confidence": float(rng.random()),
                "talk": one("change", "sustain", "neutral", None),
                "talk_confidence": float(rng.random()),
                "talk_kind": one("desire", "commitment", "taking_steps", None),
                "target": one("online", "leaving"),
                "coder": "test 1",
            }
            for i in range(400)
        ],
        "coded_texts": [
            {
                "interaction_id": i,
                "customer_id": who(),
                "at": moment(),
                "relationship": one(*FAMILIES, None),
                "relationship_confidence": float(rng.random()),
                "coder": "test 1",
                "stage": one("new", "growing", "established", "declining", "ended", None),
                "stage_confidence": float(rng.random()),
            }
            for i in range(200)
        ],
    }
    return {name: table(name, made) for name, made in rows.items()}
