"""The treatment each customer really receives, and how far it lies from what they want."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, softmax

from entregent.engine.errors import BrokenContract
from entregent.engine.evidence import CONTRACTS, conform
from entregent.engine.relationship.features import DAY, OFFERS, Evidence
from entregent.engine.relationship.kinds import KindPosterior
from entregent.engine.relationship.signals import Readings, SignalModel
from entregent.engine.relationship.space import TREATMENTS, Floats

TREATMENT = (
    "contacts_out_per_year",
    "offers_per_year",
    "texts_out",
    "formal_share",
    "personal_share",
    "named_share",
    "reply_hours",
    "replies",
    "wait_seconds",
    "waits",
    "resolution_days",
    "resolutions",
    "usual_agent_share",
    "agent_contacts",
)
"""Columns of the treatment table after `customer_id`, each described in docs/reference."""

# Searched in lower-cased text. No word begins or ends with an accent: engines disagree on \b there.
FORMAL = (
    r"\b(madame|monsieur|cordialement|sinc[eè]res salutations|veuillez|distingu[ée]es|dear (mr|mrs|ms)"
    r"|dear (sir|madam|customer)|yours (sincerely|faithfully)|kind regards)\b"
)
PERSONAL = (
    r"(\b(tu|toi|ton|tes|coucou|salut|hello|hey|bises|bisous|hi there|cheers|take care)\b"
    r"|!!|[\x{1F300}-\x{1FAFF}])"
)
OFFER_WORDS = (
    r"(\b(offres?|promo|promos|promotion|promotions|profitez|remise|r[ée]duction|special offer"
    r"|discount|don't miss|cadeau|parrainage)\b|- ?[0-9]{1,2} ?%)"
)


def treatment_features(evidence: Evidence, at: datetime) -> ir.Table:
    """One row per customer: what the firm did to them in the year before `at`.

    evidence: tables of the evidence contract by name; `customers` and `interactions` are read,
    `cases` where there are any.
    Returns `customer_id` and the columns of TREATMENT. Rates are per year of acquaintance within
    the window, at least thirty days, and null where nothing that the firm sent to anybody is
    known; shares are of outgoing texts, and null without any;
    `reply_hours` is the geometric mean of the time from a customer's message to the firm's next
    one. Words are found by pattern, in French and in English.
    """
    customers = conform(evidence["customers"], CONTRACTS["customers"])
    interactions = conform(evidence["interactions"], CONTRACTS["interactions"])
    since = ibis.literal(at - timedelta(days=365))
    year = interactions.filter(
        interactions.customer_id.notnull(),
        interactions.at <= ibis.literal(at),
        interactions.at > since,
    )
    parts = [
        _sent(year, customers),
        _replies(year),
        _usual_agent(year),
        _first_seen(interactions, at),
    ]
    if "cases" in evidence:
        parts.append(_resolutions(conform(evidence["cases"], CONTRACTS["cases"]), at))
    joined = customers.select("customer_id")
    for part in parts:
        other = part.rename(other_id="customer_id")
        joined = joined.left_join(other, joined.customer_id == other.other_id).drop("other_id")
    spoke = year.aggregate(firm_sent=_count(year.direction == "out"))
    return _per_year(joined.cross_join(spoke), at)


def _sent(year: ir.Table, customers: ir.Table) -> ir.Table:
    names = customers.select(named_id="customer_id", name="name")
    sent = year.filter(year.direction == "out")
    sent = sent.left_join(names, sent.customer_id == names.named_id).drop("named_id")
    text, name = sent.text.fill_null("").lower(), sent.name.fill_null("").strip().lower()
    first = ibis.ifelse(name.contains(" "), name.split(" ")[0], name)
    written = text.length() > 0
    offer = sent.activity.fill_null("").lower().re_search(OFFERS) | text.re_search(OFFER_WORDS)
    named = written & (first.length() > 2) & text.contains(first)
    return sent.group_by("customer_id").aggregate(
        sent=sent.count(),
        offers=_count(offer),
        texts_out=_count(written),
        formal=_count(text.re_search(FORMAL)),
        personal=_count(text.re_search(PERSONAL)),
        named=_count(named),
    )


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return ibis.ifelse(condition, 1, 0).sum()


def _replies(year: ir.Table) -> ir.Table:
    heard = year.filter(year.direction.isin(["in", "out"]))
    order = ibis.window(group_by=heard.customer_id, order_by=[heard.at, heard.interaction_id])
    following = heard.mutate(
        next_direction=heard.direction.lead().over(order),
        gap=heard.at.epoch_seconds().cast("int64").lead().over(order)
        - heard.at.epoch_seconds().cast("int64"),
    )
    written = following.channel.fill_null("").notin(["phone", "shop", "web", "app"])
    answered = ((following.direction == "in") & (following.next_direction == "out") & written) & (
        following.gap <= 60 * DAY
    )
    log_hours = ((following.gap + 60) / 3600).cast("float64").ln()
    spoken = (following.direction == "in") & following.wait_seconds.notnull()
    return following.group_by("customer_id").aggregate(
        replies=_count(answered),
        log_reply_hours=log_hours.mean(where=answered),
        waits=_count(spoken),
        wait_seconds=following.wait_seconds.mean(where=spoken),
    )


def _usual_agent(year: ir.Table) -> ir.Table:
    met = year.filter(year.agent_id.nullif("").notnull())
    per_agent = met.group_by("customer_id", "agent_id").aggregate(times=met.count())
    return per_agent.group_by("customer_id").aggregate(
        met_most=per_agent.times.max(), agent_contacts=per_agent.times.sum()
    )


def _first_seen(interactions: ir.Table, at: datetime) -> ir.Table:
    past = interactions.filter(
        interactions.at <= ibis.literal(at), interactions.customer_id.notnull()
    )
    return past.group_by("customer_id").aggregate(
        first_seen=past.at.epoch_seconds().cast("int64").min()
    )


def _resolutions(cases: ir.Table, at: datetime) -> ir.Table:
    solved = cases.filter(
        cases.customer_id.notnull(),
        cases.resolved_at.notnull(),
        cases.resolved_at <= ibis.literal(at),
        cases.resolved_at >= cases.opened_at,
        cases.opened_at > ibis.literal(at - timedelta(days=365)),
    )
    seconds = solved.resolved_at.epoch_seconds() - solved.opened_at.epoch_seconds()
    return solved.group_by("customer_id").aggregate(
        resolutions=solved.count(), resolution_seconds=seconds.cast("int64").sum()
    )


def _per_year(joined: ir.Table, at: datetime) -> ir.Table:
    here = int(at.timestamp())
    seen = (here - joined.first_seen.fill_null(here)) / DAY
    known = ibis.ifelse(seen > 365, 365, ibis.ifelse(seen < 30, 30, seen)) / 365
    # A firm of which no word is known is not one that never writes.
    heard = joined.firm_sent.fill_null(0) > 0
    texts = joined.texts_out.nullif(0)
    solved = "resolutions" in joined.columns
    columns = {
        "contacts_out_per_year": ibis.ifelse(heard, joined.sent.fill_null(0) / known, None),
        "offers_per_year": ibis.ifelse(heard, joined.offers.fill_null(0) / known, None),
        "texts_out": joined.texts_out.fill_null(0),
        "formal_share": joined.formal / texts,
        "personal_share": joined.personal / texts,
        "named_share": joined.named / texts,
        "reply_hours": joined.log_reply_hours.exp(),
        "replies": joined.replies.fill_null(0),
        "wait_seconds": joined.wait_seconds,
        "waits": joined.waits.fill_null(0),
        "resolution_days": (
            joined.resolution_seconds / joined.resolutions.nullif(0) / DAY
            if solved
            else ibis.null("float64")
        ),
        "resolutions": joined.resolutions.fill_null(0) if solved else ibis.literal(0),
        "usual_agent_share": joined.met_most / joined.agent_contacts.nullif(0),
        "agent_contacts": joined.agent_contacts.fill_null(0),
    }
    return joined.select(
        "customer_id", **{name: columns[name].cast("float64") for name in TREATMENT}
    )


@dataclass(frozen=True, slots=True)
class Received:
    """The treatment measured, on the scales of what kinds would like to receive.

    value, error: shape (customers, 5), in the order of TREATMENTS; NaN where nothing is known.
    """

    value: Floats
    error: Floats


def treatment_received(readings: Readings, model: SignalModel) -> Received:
    """Gather the readings of each treatment into one figure with its standard error.

    readings, model: signals whose axes are treatments (the catalogue's `treatment_signals`); each
    counts by the inverse of its squared noise.
    """
    shape = (len(readings.value), len(TREATMENTS))
    value, error = np.full(shape, np.nan), np.full(shape, np.nan)
    for i, treatment in enumerate(TREATMENTS):
        mine = [j for j, signal in enumerate(model.signals) if signal.axis == treatment]
        if not mine:
            continue
        spoken = readings.spoken[:, mine]
        weight = np.where(spoken, 1 / readings.noise[:, mine] ** 2, 0.0)
        total = weight.sum(axis=1)
        known = total > 0
        said = (weight * np.nan_to_num(readings.value[:, mine])).sum(axis=1)
        value[known, i] = said[known] / total[known]
        error[known, i] = total[known] ** -0.5
    return Received(value, error)


@dataclass(frozen=True, slots=True)
class TreatmentGap:
    """How far the treatment given lies from the one wanted.

    wanted, wanted_error: shape (customers, 5).
    gap, error: shape (customers, 5), given less wanted, in steps of the scales; NaN where unknown.
    closeness, closeness_error: shape (customers,), the gap in closeness: mean of the gaps in
    contact, in personal tone and in personal attention that are known; above 0 the customer is
    treated as closer than wanted.
    too_close, too_distant: shape (customers,), probability that closeness is off by more than a
    step.
    treated_as: shape (customers, families), the family whose wishes the treatment given fits.
    """

    wanted: Floats
    wanted_error: Floats
    gap: Floats
    error: Floats
    closeness: Floats
    closeness_error: Floats
    too_close: Floats
    too_distant: Floats
    treated_as: Floats

    def direction(self, level: float = 0.5) -> NDArray[np.int64]:
        """1 where the customer is probably treated as too close, -1 too distant, else 0."""
        off = np.where(self.too_close >= level, 1, 0) - np.where(self.too_distant >= level, 1, 0)
        return np.asarray(off, dtype=np.int64)


def treatment_gap(
    posterior: KindPosterior,
    received: Received,
    *,
    declared: Floats | None = None,
    declared_noise: float = 0.6,
    step: float = 1.0,
) -> TreatmentGap:
    """Compare what each customer wants with what each customer gets.

    posterior: kinds of relationship; what a kind wants is the catalogue's.
    received: what `treatment_received` measured.
    declared: shape (customers, 5), what the customer said they want, NaN where not asked; combined
    with the kind's wish by the inverse of squared errors.
    step: how far off counts as too close or too distant.
    The doubt of the gap holds both the doubt about the kind and the doubt of the measure.
    Source: proposed.
    """
    if received.value.shape != (len(posterior.kinds), len(TREATMENTS)):
        raise BrokenContract("received treatment must be one row per customer, one column each")
    wishes = posterior.space.treatments
    wanted = posterior.kinds @ wishes
    variance = np.maximum(posterior.kinds @ wishes**2 - wanted**2, 0.0) + 0.5**2
    if declared is not None:
        told = ~np.isnan(declared)
        mine = np.where(told, 1 / declared_noise**2, 0.0)
        wanted = (wanted / variance + mine * np.nan_to_num(declared)) / (1 / variance + mine)
        variance = 1 / (1 / variance + mine)
    gap = received.value - wanted
    error = np.sqrt(received.error**2 + variance)
    closeness, closeness_error = _closeness(gap, error)
    return TreatmentGap(
        wanted=wanted,
        wanted_error=np.sqrt(variance),
        gap=gap,
        error=error,
        closeness=closeness,
        closeness_error=closeness_error,
        too_close=np.nan_to_num(ndtr((closeness - step) / closeness_error)),
        too_distant=np.nan_to_num(ndtr((-closeness - step) / closeness_error)),
        treated_as=_fits(posterior, received),
    )


def _closeness(gap: Floats, error: Floats) -> tuple[Floats, Floats]:
    signs = np.array([1.0, -1.0, 1.0])
    columns = [TREATMENTS.index(name) for name in ("frequency", "tone", "personalisation")]
    near, doubt = gap[:, columns] * signs, error[:, columns]
    known = ~np.isnan(near)
    count = known.sum(axis=1)
    safe = np.maximum(count, 1)
    mean = np.nan_to_num(near).sum(axis=1) / safe
    spread = np.sqrt(np.where(known, doubt**2, 0.0).sum(axis=1)) / safe
    return (
        np.where(count > 0, mean, np.nan),
        np.where(count > 0, spread, np.nan),
    )


def _fits(posterior: KindPosterior, received: Received) -> Floats:
    space = posterior.space
    known = ~np.isnan(received.value)
    weight = np.where(known, 1 / (np.nan_to_num(received.error) ** 2 + 0.7**2), 0.0)
    value = np.nan_to_num(received.value)
    wishes = space.treatments.T
    logits = (weight * value) @ wishes - 0.5 * weight @ wishes**2
    # Every family is as likely beforehand, so that a large one is not favoured by its size alone.
    sizes = np.bincount(space.family_of, minlength=len(space.families))[space.family_of]
    return space.by_family(np.asarray(softmax(logits - np.log(sizes), axis=1)))


def wanted_columns(features: Mapping[str, Floats], instrument: str = "treatment_wanted") -> Floats:
    """What customers said they want, shape (customers, 5), from columns of `latest_replies`."""
    customers = len(next(iter(features.values())))
    unknown = np.full(customers, np.nan)
    return np.stack(
        [
            np.asarray(features.get(f"{instrument}.{treatment}", unknown), float)
            for treatment in TREATMENTS
        ],
        axis=1,
    )
