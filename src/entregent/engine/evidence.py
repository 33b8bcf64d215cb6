"""The evidence contract: the tables that every measure reads, their columns, types and units.

The operational store, the columnar snapshot, Parquet files given to the shell and Spark tables
all keep to it. Times are UTC with zone. An identifier is a whole number or a text, as the source
of the evidence prefers; measures only ever group and join by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from entregent.engine.errors import BrokenContract, MissingColumns

IDENTIFIER = "identifier"
TIME = "timestamp('UTC')"
MONEY = "decimal(18, 4)"
PAID_OUT = ("claim", "gift")
"""Kinds of transactions that cost the firm and take nothing off its revenue; a refund does."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Ibis type (or `identifier`), whether it may be null, and what it holds."""

    name: str
    type: str
    holds: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """One evidence table: what a row is, and its columns."""

    name: str
    row_is: str
    columns: tuple[Column, ...]

    @property
    def required(self) -> list[str]:
        return [column.name for column in self.columns if column.required]


def _column(name: str, type_: str, holds: str, *, required: bool = False) -> Column:
    return Column(name, type_, holds, required)


CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        Contract(
            "customers",
            "a person or an organisation",
            (
                _column("customer_id", IDENTIFIER, "the key", required=True),
                _column("kind", "string", "person or organisation"),
                _column("name", "string", "as they call themselves"),
                _column("language", "string", "ISO 639-1 code they write in"),
                _column("since", "date", "day the relationship began"),
                _column("attributes", "string", "whatever else the sources know, as a JSON object"),
            ),
        ),
        Contract(
            "identities",
            "a way a source knows a customer",
            (
                _column("customer_id", IDENTIFIER, "whose", required=True),
                _column("scheme", "string", "email, phone (E.164), or SOURCE:FIELD", required=True),
                _column("value", "string", "normalised value", required=True),
            ),
        ),
        Contract(
            "interactions",
            "something said or done by either side",
            (
                _column("interaction_id", IDENTIFIER, "the key", required=True),
                _column("customer_id", IDENTIFIER, "with whom"),
                _column("at", TIME, "when it began", required=True),
                _column(
                    "channel",
                    "string",
                    "phone, email, chat, review, survey, web, shop, letter, social…",
                ),
                _column(
                    "direction",
                    "string",
                    "in (customer to firm), out (firm to customer) or internal",
                ),
                _column("activity", "string", "what was done, in process-mining terms"),
                _column("text", "string", "the words, as written"),
                _column("language", "string", "ISO 639-1 code of the words"),
                _column("agent_id", "string", "who acted for the firm"),
                _column(
                    "wait_seconds",
                    "float64",
                    "seconds the customer waited before a person answered",
                ),
                _column("handle_seconds", "float64", "seconds spent together"),
                _column("abandoned", "boolean", "the customer gave up before a person answered"),
                _column("case_id", IDENTIFIER, "the case it belongs to"),
                _column("source", "string", "name of the source"),
            ),
        ),
        Contract(
            "transactions",
            "money moving",
            (
                _column("transaction_id", IDENTIFIER, "the key", required=True),
                _column("customer_id", IDENTIFIER, "whose"),
                _column("at", TIME, "when", required=True),
                _column(
                    "amount",
                    MONEY,
                    "in `currency`; negative when the firm pays back",
                    required=True,
                ),
                _column("currency", "string", "ISO 4217 code"),
                _column("margin", MONEY, "what the firm keeps, in `currency`"),
                _column("product", "string", "what was bought"),
                _column("kind", "string", "purchase, refund, premium, claim, fee, gift…"),
            ),
        ),
        Contract(
            "answers",
            "one answer to one item of an instrument",
            (
                _column("response_id", "string", "one filling-in of the instrument", required=True),
                _column("customer_id", IDENTIFIER, "who answered"),
                _column("at", TIME, "when", required=True),
                _column(
                    "instrument",
                    "string",
                    "nps, csat, ces, or the name of the firm's own",
                    required=True,
                ),
                _column("instrument_version", "string", "never mix two: scales may be inverted"),
                _column("item", "string", "the question", required=True),
                _column(
                    "value", "float64", "the answer on the item's own scale; null for words only"
                ),
                _column("text", "string", "the words, for an open question"),
            ),
        ),
        Contract(
            "cases",
            "a complaint, incident or request",
            (
                _column("case_id", IDENTIFIER, "the key", required=True),
                _column("customer_id", IDENTIFIER, "whose"),
                _column("opened_at", TIME, "received", required=True),
                _column("acknowledged_at", TIME, "first sign of receipt given"),
                _column("resolved_at", TIME, "a solution was given"),
                _column("closed_at", TIME, "both sides are done"),
                _column("kind", "string", "complaint, incident or request"),
                _column("cause", "string", "root cause, as the firm names it"),
                _column("remedy_asked", "string", "what the customer asked"),
                _column("remedy_given", "string", "what the firm gave"),
                _column("severity", "string", "low, medium, high or critical"),
                _column("status", "string", "open, pending, resolved, closed or escalated"),
                _column("reopened", "int64", "times it was opened again"),
            ),
        ),
        Contract(
            "agreements",
            "what binds or was promised",
            (
                _column("agreement_id", IDENTIFIER, "the key", required=True),
                _column("customer_id", IDENTIFIER, "with whom", required=True),
                _column(
                    "kind",
                    "string",
                    "contract, exit_fee, tacit, preference or promise",
                    required=True,
                ),
                _column("text", "string", "in words"),
                _column("from", "date", "first day"),
                _column("until", "date", "last day; null while it holds"),
                _column("kept", "boolean", "promise kept or broken; null while open"),
            ),
        ),
        Contract(
            "consents",
            "what the customer allowed",
            (
                _column("customer_id", IDENTIFIER, "who", required=True),
                _column("purpose", "string", "what for", required=True),
                _column("given_at", TIME, "when it was given"),
                _column("withdrawn_at", TIME, "when it was taken back"),
                _column("source", "string", "where it was recorded"),
            ),
        ),
    )
}


FAMILIES = (
    "exchange",
    "partner",
    "friend",
    "adventure",
    "newcomer",
    "captive",
    "demanding",
    "betrayed",
    "adversary",
    "none",
)
"""Families of relationship that a reader of words can tell apart, in the codebook's order."""

_WORDS_OF = (
    _column("interaction_id", IDENTIFIER, "the interaction, when the words are one's"),
    _column("response_id", "string", "the filling-in, when the words are an answer's"),
    _column("item", "string", "the question, when the words are an answer's"),
)
"""Which text was coded: an interaction's, or one answer's."""

DERIVED: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        Contract(
            "coded_segments",
            "one piece of a text, as one coder read it",
            (
                *_WORDS_OF,
                _column("position", "int64", "rank in the text, from 0", required=True),
                _column("customer_id", IDENTIFIER, "whose words", required=True),
                _column("at", TIME, "when they were said", required=True),
                _column("start", "int64", "first character in the text"),
                _column("end", "int64", "character after the last"),
                _column("movement", "string", "T toward, A away, N none; null when unsure"),
                _column("movement_confidence", "float64", "calibrated, 0 to 1"),
                _column("sentiment", "string", "+, -, ~ (both) or 0; null when unsure"),
                _column("sentiment_confidence", "float64", "calibrated, 0 to 1"),
                _column("justice", "string", "letters of D, P, I, F joined; empty for none"),
                _column("justice_confidence", "float64", "of the weakest letter, 0 to 1"),
                _column("trust", "string", "C+ C- H+ H- B+ B-, or empty; null when unsure"),
                _column("trust_confidence", "float64", "calibrated, 0 to 1"),
                _column("talk", "string", "change, sustain or neutral, about `target`"),
                _column("talk_confidence", "float64", "calibrated, 0 to 1"),
                _column(
                    "talk_kind",
                    "string",
                    "desire, ability, reasons, need, commitment, activation, taking_steps, other",
                ),
                _column("target", "string", "the declared change that the talk is about"),
                _column("theme", "string", "key of the firm's theme"),
                _column("coder", "string", "name and version of what read it", required=True),
            ),
        ),
        Contract(
            "coded_texts",
            "one whole text, as one coder read it",
            (
                *_WORDS_OF,
                _column("customer_id", IDENTIFIER, "whose words", required=True),
                _column("at", TIME, "when they were said", required=True),
                _column("relationship", "string", "family of the codebook; null when unsure"),
                _column("relationship_confidence", "float64", "calibrated, 0 to 1"),
                _column(
                    "stage",
                    "string",
                    "new, growing, established, declining, ended or unknown; null when unsure",
                ),
                _column("stage_confidence", "float64", "calibrated, 0 to 1"),
                _column("effort", "string", "high, low or none; null when unsure"),
                _column("effort_confidence", "float64", "calibrated, 0 to 1"),
                *(
                    _column(f"p_{family}", "float64", f"calibrated probability of `{family}`")
                    for family in FAMILIES
                ),
                _column("coder", "string", "name and version of what read it", required=True),
            ),
        ),
        Contract(
            "human_codings",
            "what one person said, once, of one place of a text by one code",
            (
                *_WORDS_OF,
                _column("customer_id", IDENTIFIER, "whose words", required=True),
                _column("at", TIME, "when the words were said", required=True),
                _column("wording", "string", "digest of the text as it stood when it was coded"),
                _column("start", "int64", "first character in that text", required=True),
                _column("end", "int64", "character after the last", required=True),
                _column("code", "string", "a code of the codebook", required=True),
                _column("said", "string", "value, cannot_tell or withdrawn", required=True),
                _column("value", "string", "of the codebook; empty for none of them"),
                _column("coded_at", TIME, "when the person said so; the latest counts"),
                _column("coder", "string", "number of the person, never a name", required=True),
                _column("queue", "int64", "where it was asked; null from a customer's file"),
                _column("blind", "boolean", "the person saw neither the machine nor the others"),
                _column("proposed", "string", "value that a machine showed first; null for none"),
                _column("proposed_confidence", "float64", "calibrated, 0 to 1"),
                _column("proposed_by", "string", "name and version of what proposed it"),
                _column("settled", "string", "what was decided where people differed; null if not"),
            ),
        ),
        Contract(
            "profiles",
            "what is inferred about one customer on one date",
            (
                _column("customer_id", IDENTIFIER, "who", required=True),
                _column("at", TIME, "as of when", required=True),
                _column("kind", "string", "most likely kind of relationship"),
                _column("kind_probability", "float64", "of `kind`, 0 to 1"),
                _column("second_kind", "string", "next most likely"),
                _column("second_probability", "float64", "of `second_kind`, 0 to 1"),
                _column("third_kind", "string", "third most likely"),
                _column("third_probability", "float64", "of `third_kind`, 0 to 1"),
                _column("family", "string", "most likely family"),
                _column("family_probability", "float64", "of `family`, 0 to 1"),
                _column("abstains", "boolean", "no kind reaches the stated level"),
                _column("pieces", "int64", "pieces of evidence it rests on"),
                _column("stage", "string", "stage of the relationship's life"),
                _column("stage_probability", "float64", "of `stage`, 0 to 1"),
                _column("trust", "float64", "0 to 1"),
                _column("dedication", "float64", "wanting to stay, 0 to 1"),
                _column("constraint", "float64", "having to stay, 0 to 1"),
                _column("closeness_gap", "float64", "given less wanted, in steps of the scale"),
                _column("closeness_gap_error", "float64", "its standard error"),
                _column("model", "string", "versions of the catalogue and of the measures"),
            ),
        ),
    )
}
"""Derived tables, each row with the name and version of what made it.

People's own codings are a table of their own and are never overwritten by the machine's.
"""

HELD: Mapping[str, Contract] = {
    **CONTRACTS,
    **{name: DERIVED[name] for name in ("coded_segments", "coded_texts", "human_codings")},
}
"""What a snapshot holds: the evidence, and what machines and people coded of its words."""


def ibis_schema(contract: Contract, *, identifier: str = "int64") -> dict[str, dt.DataType]:
    """Ibis types of a contract's columns, identifiers being whole numbers or texts."""
    return {
        column.name: dt.dtype(identifier if column.type == IDENTIFIER else column.type)
        for column in contract.columns
    }


def conform(table: ir.Table, contract: Contract) -> ir.Table:
    """The table with exactly the contract's columns, cast to its types; absent optional ones null.

    Raises MissingColumns when a required column is absent, BrokenContract when one cannot be cast.
    Columns the contract does not name are left out.

    >>> import ibis
    >>> raw = ibis.memtable({"customer_id": ["c1"], "purpose": ["news"], "shoe_size": [42]})
    >>> conform(raw, CONTRACTS["consents"]).columns
    ('customer_id', 'purpose', 'given_at', 'withdrawn_at', 'source')
    """
    absent = [name for name in contract.required if name not in table.columns]
    if absent:
        raise MissingColumns(contract.name, absent)
    return table.select(**{column.name: _conformed(table, column) for column in contract.columns})


def _conformed(table: ir.Table, column: Column) -> Any:
    if column.name not in table.columns:
        return ibis.null("int64" if column.type == IDENTIFIER else column.type)
    value = table[column.name]
    have = value.type()
    if column.type == IDENTIFIER:
        if not (have.is_integer() or have.is_string()):
            raise BrokenContract(
                f"{column.name} is {have}; an identifier is a whole number or a text"
            )
        return value
    want = dt.dtype(column.type)
    if not have.castable(want) and not have.is_string() and not have.is_null():
        raise BrokenContract(f"{column.name} is {have}; the contract asks {want}")
    return value if have == want else value.cast(want)
