"""How each customer behaves, as one Ibis expression over the evidence tables.

The same expression runs on DuckDB and on Spark. Counts are summed as whole numbers and divided
last; money is turned into float64 before it is summed; every division is guarded. Nothing after
the date asked is counted, except in `future_events`, which says how much was left out.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from entregent.engine.evidence import CONTRACTS, PAID_OUT, conform

Evidence = Mapping[str, ir.Table]

NOT_PURCHASES = ("refund", "claim", "fee", "gift")
OFFERS = r"(offer|campaign|promo|newsletter|cross.?sell|up.?sell|marketing|campagne|offre|publicit|d[ée]marchage)"
"""Activities of the firm that sell, searched in lower case; French and English."""
LEAVING = r"(r[ée]sili|cancel|terminat|churn|cl[oô]ture|unsubscri)"
THANKING = r"(thank|merci|compliment|praise|f[ée]licitation)"
"""Activities of customers who ask to leave, or who thank; searched in lower case."""

DAY = 86_400

BEHAVIOUR = (
    "tenure_days",
    "purchases",
    "purchases_last_year",
    "purchases_year_before",
    "revenue",
    "revenue_last_year",
    "margin",
    "refunds",
    "products",
    "days_since_last_purchase",
    "typical_gap_days",
    "lateness",
    "price_rises",
    "contacts_after_rise",
    "contacts_in",
    "contacts_in_last_year",
    "contacts_out_last_year",
    "offers_last_year",
    "public_words",
    "leave_requests",
    "thanks",
    "phone_share",
    "written_share",
    "self_service_share",
    "out_of_hours_share",
    "abandoned",
    "mean_wait_seconds",
    "known_agent_share",
    "complaints",
    "complaints_last_year",
    "complaints_open",
    "reopened",
    "escalated",
    "contracts_in_force",
    "contracts_ended",
    "contract_days_left",
    "exit_fees_in_force",
    "tacit_agreements",
    "promises_kept",
    "promises_broken",
    "consents_withdrawn",
    "surveys_answered",
    "future_events",
)
"""The columns of the behaviour table after `customer_id`, each described in docs/reference."""


def behaviour_features(evidence: Evidence, at: datetime, *, utc_offset_hours: int = 1) -> ir.Table:
    """One row per customer in `customers`: `customer_id` and the columns of BEHAVIOUR.

    evidence: tables of the evidence contract by name; `customers` is needed, others may be absent.
    at: the date as of which behaviour is read, UTC with zone.
    utc_offset_hours: hours to add to UTC for the clock that customers live by.
    Counts are 0 where nothing is known; shares, waits, gaps and days since are null instead.
    """
    customers = conform(evidence["customers"], CONTRACTS["customers"])
    now = ibis.literal(at)
    parts = [
        _purchases(_table(evidence, "transactions"), now, at),
        _price_rises(_table(evidence, "transactions"), _table(evidence, "interactions"), now),
        _contacts(_table(evidence, "interactions"), now, at, utc_offset_hours),
        _known_agent(_table(evidence, "interactions"), now),
        _cases(_table(evidence, "cases"), now, at),
        _agreements(_table(evidence, "agreements"), at),
        _consents(_table(evidence, "consents"), now),
        _surveys(_table(evidence, "answers"), now),
        _future(evidence, now),
    ]
    joined = customers.select("customer_id", "since")
    for part in parts:
        other = part.rename(other_id="customer_id")
        joined = joined.left_join(other, joined.customer_id == other.other_id).drop("other_id")
    return _finished(joined, at)


def _table(evidence: Evidence, name: str) -> ir.Table:
    contract = CONTRACTS[name]
    if name in evidence:
        return conform(evidence[name], contract)
    identifier = str(evidence["customers"].customer_id.type())
    columns = {
        column.name: identifier if column.type == "identifier" else column.type
        for column in contract.columns
    }
    # An empty memtable would need a schema per back end; no row of customers is the same.
    empty = evidence["customers"].limit(0)
    return empty.select(**{name: ibis.null(type_) for name, type_ in columns.items()})


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return ibis.ifelse(condition, 1, 0).sum()


def _seconds(moment: ir.TimestampValue) -> ir.IntegerValue:
    return moment.epoch_seconds().cast("int64")


def _money(amount: ir.DecimalValue) -> ir.FloatingValue:
    return amount.cast("float64")


def _purchases(transactions: ir.Table, now: ir.Scalar, at: datetime) -> ir.Table:
    past = transactions.filter(transactions.at <= now, transactions.customer_id.notnull())
    kind = past.kind.fill_null("")
    earned = kind.notin(PAID_OUT)
    refund = earned & ((past.amount < 0) | (kind == "refund"))
    bought = (past.amount > 0) & kind.notin(NOT_PURCHASES)
    a_year_ago, two_years_ago = _years_before(at, 1), _years_before(at, 2)
    amount = _money(past.amount)
    # Sources write one row per order, per line or per instalment: a day of buying is one purchase.
    day = (_seconds(past.at) / DAY).floor().cast("int64")
    return past.group_by("customer_id").aggregate(
        purchases=day.nunique(where=bought),
        purchases_last_year=day.nunique(where=bought & (past.at > a_year_ago)),
        purchases_year_before=day.nunique(
            where=bought & (past.at > two_years_ago) & (past.at <= a_year_ago)
        ),
        revenue=ibis.ifelse(earned, amount, 0.0).sum(),
        revenue_last_year=ibis.ifelse(earned & (past.at > a_year_ago), amount, 0.0).sum(),
        margin=_money(past.margin).sum(),
        refunds=_count(refund),
        products=past["product"].nullif("").nunique(where=bought),
        first_purchase=_seconds(past.at).min(where=bought),
        last_purchase=_seconds(past.at).max(where=bought),
        first_transaction=_seconds(past.at).min(),
    )


def _years_before(at: datetime, years: int) -> ir.Scalar:
    return ibis.literal(at - timedelta(days=365 * years))


def _price_rises(transactions: ir.Table, interactions: ir.Table, now: ir.Scalar) -> ir.Table:
    """Times the same product cost at least 3 % more, and those followed by a contact in 60 days."""
    past = transactions.filter(
        transactions.at <= now,
        transactions.customer_id.notnull(),
        transactions["product"].nullif("").notnull(),
        transactions.amount > 0,
        transactions.kind.fill_null("").notin(NOT_PURCHASES),
    ).select("transaction_id", "customer_id", "product", "at", amount=_money(transactions.amount))
    order = ibis.window(
        group_by=[past.customer_id, past["product"]], order_by=[past.at, past.transaction_id]
    )
    before = past.mutate(before=past.amount.lag().over(order))
    rises = before.filter(before.amount > before.before * 1.03).select(
        "transaction_id", "customer_id", risen=_seconds(before.at)
    )
    contacts = interactions.filter(
        interactions.at <= now,
        interactions.direction == "in",
        interactions.customer_id.notnull(),
    ).select(contact_customer="customer_id", said=_seconds(interactions.at))
    followed = (
        rises.inner_join(
            contacts,
            [
                rises.customer_id == contacts.contact_customer,
                contacts.said >= rises.risen,
                contacts.said <= rises.risen + 60 * DAY,
            ],
        )
        .group_by("transaction_id")
        .aggregate(contacts=ibis._.count())
        .rename(followed_id="transaction_id")
    )
    marked = rises.left_join(followed, rises.transaction_id == followed.followed_id)
    return marked.group_by("customer_id").aggregate(
        price_rises=marked.count(), contacts_after_rise=_count(marked.followed_id.notnull())
    )


def _contacts(
    interactions: ir.Table, now: ir.Scalar, at: datetime, utc_offset_hours: int
) -> ir.Table:
    past = interactions.filter(
        interactions.at <= now,
        interactions.customer_id.notnull(),
        interactions.direction.fill_null("in") != "internal",
    )
    inward = past.direction.fill_null("in") == "in"
    recent = past.at > _years_before(at, 1)
    channel, activity = past.channel.fill_null(""), past.activity.fill_null("").lower()
    clock = (_seconds(past.at) + utc_offset_hours * 3600) % (7 * DAY)
    # The epoch began on a Thursday at midnight: days 2 and 3 of its week are the week-end.
    day, hour = (clock / DAY).floor().cast("int64"), ((clock % DAY) / 3600).floor().cast("int64")
    out_of_hours = day.isin([2, 3]) | (hour < 8) | (hour >= 19)
    return past.group_by("customer_id").aggregate(
        contacts_in=_count(inward),
        contacts_in_last_year=_count(inward & recent),
        contacts_out_last_year=_count(~inward & recent),
        offers_last_year=_count(~inward & recent & activity.re_search(OFFERS)),
        public_words=_count(inward & channel.isin(["review", "social"])),
        leave_requests=_count(inward & recent & activity.re_search(LEAVING)),
        thanks=_count(inward & activity.re_search(THANKING)),
        phone_in=_count(inward & (channel == "phone")),
        written_in=_count(inward & channel.isin(["email", "letter", "chat", "form"])),
        self_service_in=_count(inward & channel.isin(["web", "app", "portal"])),
        out_of_hours_in=_count(inward & out_of_hours),
        abandoned=_count(inward & past.abandoned.fill_null(False)),
        mean_wait_seconds=past.wait_seconds.mean(where=inward),
        first_contact=_seconds(past.at).min(),
    )


def _known_agent(interactions: ir.Table, now: ir.Scalar) -> ir.Table:
    past = interactions.filter(
        interactions.at <= now,
        interactions.customer_id.notnull(),
        interactions.agent_id.nullif("").notnull(),
    )
    per_agent = past.group_by("customer_id", "agent_id").aggregate(met=past.count())
    return per_agent.group_by("customer_id").aggregate(
        met_most=per_agent.met.max(), met_all=per_agent.met.sum()
    )


def _cases(cases: ir.Table, now: ir.Scalar, at: datetime) -> ir.Table:
    past = cases.filter(cases.opened_at <= now, cases.customer_id.notnull())
    complaint = past.kind.fill_null("") == "complaint"
    closed = (past.closed_at.notnull() & (past.closed_at <= now)) | (
        past.resolved_at.notnull() & (past.resolved_at <= now)
    )
    return past.group_by("customer_id").aggregate(
        complaints=_count(complaint),
        complaints_last_year=_count(complaint & (past.opened_at > _years_before(at, 1))),
        complaints_open=_count(complaint & ~closed),
        reopened=past.reopened.fill_null(0).sum().cast("int64"),
        escalated=_count(
            complaint
            & (
                (past.status.fill_null("") == "escalated")
                | (past.severity.fill_null("") == "critical")
            )
        ),
    )


def _agreements(agreements: ir.Table, at: datetime) -> ir.Table:
    today = ibis.literal(at.date())
    known = agreements.filter(agreements["from"].fill_null(today) <= today)
    holds = known["until"].isnull() | (known["until"] >= today)
    contract = (known.kind == "contract") & holds
    left = known["until"].cast("timestamp('UTC')").epoch_seconds() - int(at.timestamp())
    return known.group_by("customer_id").aggregate(
        contracts_in_force=_count(contract),
        contracts_ended=_count((known.kind == "contract") & ~holds),
        contract_seconds_left=left.cast("int64").max(where=contract & known["until"].notnull()),
        exit_fees_in_force=_count((known.kind == "exit_fee") & holds),
        tacit_agreements=_count(known.kind.isin(["tacit", "preference"]) & holds),
        promises_kept=_count((known.kind == "promise") & known.kept.fill_null(False)),
        promises_broken=_count((known.kind == "promise") & ~known.kept.fill_null(True)),
    )


def _consents(consents: ir.Table, now: ir.Scalar) -> ir.Table:
    return consents.group_by("customer_id").aggregate(
        consents_withdrawn=_count(consents.withdrawn_at.notnull() & (consents.withdrawn_at <= now))
    )


def _surveys(answers: ir.Table, now: ir.Scalar) -> ir.Table:
    past = answers.filter(answers.at <= now, answers.customer_id.notnull())
    return past.group_by("customer_id").aggregate(surveys_answered=past.response_id.nunique())


def _future(evidence: Evidence, now: ir.Scalar) -> ir.Table:
    moments = {"interactions": "at", "transactions": "at", "answers": "at", "cases": "opened_at"}
    later = []
    for name, column in moments.items():
        table = _table(evidence, name)
        late = table.filter(table[column] > now, table.customer_id.notnull())
        later.append(late.select("customer_id"))
    stacked = ibis.union(*later, distinct=False)
    return stacked.group_by("customer_id").aggregate(future_events=stacked.count())


def _finished(joined: ir.Table, at: datetime) -> ir.Table:
    here = int(at.timestamp())
    since = joined.since.cast("timestamp('UTC')").epoch_seconds().cast("int64")
    began = ibis.least(
        since.fill_null(here),
        joined.first_transaction.fill_null(here),
        joined.first_contact.fill_null(here),
    )
    inward = joined.contacts_in.nullif(0)
    gap = (joined.last_purchase - joined.first_purchase) / DAY / (joined.purchases - 1).nullif(0)
    since_last = (here - joined.last_purchase) / DAY
    counts = {
        name: joined[name].fill_null(0).cast("int64") for name in BEHAVIOUR if name in _COUNTS
    }
    computed = {
        "tenure_days": ibis.greatest(here - began, 0) / DAY,
        "revenue": joined.revenue.fill_null(0.0),
        "revenue_last_year": joined.revenue_last_year.fill_null(0.0),
        "margin": joined.margin,
        "days_since_last_purchase": since_last,
        "typical_gap_days": gap,
        "lateness": since_last / ibis.ifelse(gap < 1, 1, gap),
        "phone_share": joined.phone_in / inward,
        "written_share": joined.written_in / inward,
        "self_service_share": joined.self_service_in / inward,
        "out_of_hours_share": joined.out_of_hours_in / inward,
        "mean_wait_seconds": joined.mean_wait_seconds,
        "known_agent_share": joined.met_most / joined.met_all.nullif(0),
        "contract_days_left": joined.contract_seconds_left / DAY,
    }
    floats = {name: column.cast("float64") for name, column in computed.items()}
    return joined.select("customer_id", **{name: (counts | floats)[name] for name in BEHAVIOUR})


_COUNTS = frozenset(
    {
        "purchases",
        "purchases_last_year",
        "purchases_year_before",
        "refunds",
        "products",
        "price_rises",
        "contacts_after_rise",
        "contacts_in",
        "contacts_in_last_year",
        "contacts_out_last_year",
        "offers_last_year",
        "public_words",
        "leave_requests",
        "thanks",
        "abandoned",
        "complaints",
        "complaints_last_year",
        "complaints_open",
        "reopened",
        "escalated",
        "contracts_in_force",
        "contracts_ended",
        "exit_fees_in_force",
        "tacit_agreements",
        "promises_kept",
        "promises_broken",
        "consents_withdrawn",
        "surveys_answered",
        "future_events",
    }
)
