"""What coded words say of each customer, as one Ibis expression over the coded tables.

Codes are summed with the coder's calibrated confidence as their weight, so that an unsure reading
counts for less; a code on which the coder abstained is null and counts for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from entregent.engine.evidence import CONTRACTS, DERIVED, FAMILIES, conform

MEMORY = timedelta(days=365)
"""Proposed: words older than this weigh half as much, twice older a quarter."""

LEAST = 0.01
"""Added to every probability, so that a coder's certainty is never taken for certainty."""

SPEAKING_FAMILIES = tuple(family for family in FAMILIES if family != "none")

WORDS = (
    "segments",
    "sentiment_balance",
    "sentiment_spoken",
    "movement_balance",
    "movement_spoken",
    "trust_balance",
    "trust_spoken",
    "credibility_balance",
    "credibility_spoken",
    "integrity_balance",
    "integrity_spoken",
    "benevolence_balance",
    "benevolence_spoken",
    "distributive_share",
    "procedural_share",
    "interpersonal_share",
    "informational_share",
    "justice_spoken",
    "interpersonal_balance",
    "interpersonal_spoken",
    "mixed_share",
)
"""Columns of the segments table after `customer_id`; balances run from -1 to 1, shares 0 to 1."""


def word_features(coded_segments: ir.Table, at: datetime) -> ir.Table:
    """One row per customer who wrote: `customer_id` and the columns of WORDS.

    coded_segments: the derived contract of that name; segments after `at` are left out.
    Balances are (for - against) / (for + against) in confidence-weighted counts, and null when
    nothing was said of them; the column ending in `_spoken` is that weighted count.
    """
    segments = conform(coded_segments, DERIVED["coded_segments"])
    past = segments.filter(segments.at <= ibis.literal(at))
    age_days = (int(at.timestamp()) - past.at.epoch_seconds().cast("int64")) / 86_400
    fresh = (age_days * (-0.6931471805599453 / MEMORY.days)).exp()

    def weight(condition: ir.BooleanValue, confidence: str) -> ir.FloatingScalar:
        said = ibis.ifelse(condition.fill_null(False), past[confidence].fill_null(1.0), 0.0)
        return (said * fresh).cast("float64").sum()

    trust, justice = past.trust.fill_null(""), past.justice.fill_null("")
    interpersonal = justice.contains("I")
    sums = past.group_by("customer_id").aggregate(
        segments=past.count(),
        pleased=weight(past.sentiment == "+", "sentiment_confidence"),
        displeased=weight(past.sentiment == "-", "sentiment_confidence"),
        mixed=weight(past.sentiment == "~", "sentiment_confidence"),
        toward=weight(past.movement == "T", "movement_confidence"),
        away=weight(past.movement == "A", "movement_confidence"),
        credible=weight(trust == "C+", "trust_confidence"),
        not_credible=weight(trust == "C-", "trust_confidence"),
        honest=weight(trust == "H+", "trust_confidence"),
        dishonest=weight(trust == "H-", "trust_confidence"),
        caring=weight(trust == "B+", "trust_confidence"),
        uncaring=weight(trust == "B-", "trust_confidence"),
        distributive=weight(justice.contains("D"), "justice_confidence"),
        procedural=weight(justice.contains("P"), "justice_confidence"),
        interpersonal=weight(interpersonal, "justice_confidence"),
        informational=weight(justice.contains("F"), "justice_confidence"),
        treated_well=weight(interpersonal & (past.sentiment == "+"), "justice_confidence"),
        treated_ill=weight(interpersonal & (past.sentiment == "-"), "justice_confidence"),
    )
    believed = sums.credible + sums.honest + sums.caring
    doubted = sums.not_credible + sums.dishonest + sums.uncaring
    fairness = sums.distributive + sums.procedural + sums.interpersonal + sums.informational
    spoken = sums.pleased + sums.displeased + sums.mixed
    columns = {"segments": sums.segments.cast("float64")}
    for name, up, down in (
        ("movement", sums.toward, sums.away),
        ("trust", believed, doubted),
        ("credibility", sums.credible, sums.not_credible),
        ("integrity", sums.honest, sums.dishonest),
        ("benevolence", sums.caring, sums.uncaring),
        ("interpersonal", sums.treated_well, sums.treated_ill),
    ):
        columns |= {f"{name}_balance": _ratio(up - down, up + down), f"{name}_spoken": up + down}
    columns |= {
        "sentiment_balance": _ratio(sums.pleased - sums.displeased, spoken),
        "sentiment_spoken": spoken,
        "distributive_share": _ratio(sums.distributive, fairness),
        "procedural_share": _ratio(sums.procedural, fairness),
        "interpersonal_share": _ratio(sums.interpersonal, fairness),
        "informational_share": _ratio(sums.informational, fairness),
        "justice_spoken": fairness,
        "mixed_share": _ratio(sums.mixed, spoken),
    }
    return sums.select("customer_id", **{name: columns[name] for name in WORDS})


PUBLIC = ("review", "social")
"""Channels on which customers tell others what they think of the firm."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How far a text speaks of the bond rather than of the matter at hand, by where it was said.

    reach: probability that a text does; somebody who asks for a form shows little of the bond.
    public_reach: the same of words said in public, which are about the firm.
    public_shares: what an average public text says of each family, as a coder reads it; equal
    shares unless told.
    public_odds: how much oftener than others customers of a family speak in public at all; as
    often unless told.
    """

    reach: float = 1.0
    public_reach: float = 1.0
    public_shares: Mapping[str, float] = field(
        default_factory=lambda: dict.fromkeys(SPEAKING_FAMILIES, 1 / len(SPEAKING_FAMILIES))
    )
    public_odds: Mapping[str, float] = field(default_factory=dict)


def family_evidence(
    coded_texts: ir.Table,
    at: datetime,
    listening: Listening | None = None,
    *,
    interactions: ir.Table | None = None,
    shares: Mapping[str, float] | None = None,
) -> ir.Table:
    """One row per customer who wrote: `customer_id`, `texts`, `public_texts`, `ratio_<family>` each.

    coded_texts: the derived contract of that name; texts after `at` are left out.
    interactions: where texts were said; without them none is taken for public.
    shares: what an average text of the firm says that is not public (`text_shares`); those of
    public texts unless told. A coder's own prior is so taken out before ours is put in.
    `ratio_<family>` sums over texts ln(told * probability / share + 1 - told): with probability
    `told` the text speaks of the bond, and is then as much likelier under a family as the coder says;
    else it is as likely under any. `told` is the reach, times how fresh the text is, times one less
    the probability of `none`; so one text may speak loudly and never shouts another down for good.
    Where the coder gives no probabilities, its label takes its confidence and the others share the
    rest equally.
    """
    listening = listening or Listening()
    texts = conform(coded_texts, DERIVED["coded_texts"])
    past = texts.filter(texts.at <= ibis.literal(at))
    past = _where_said(past, interactions)
    age_days = (int(at.timestamp()) - past.at.epoch_seconds().cast("int64")) / 86_400
    fresh = (age_days * (-0.6931471805599453 / MEMORY.days)).exp()
    rest = (1.0 - past.relationship_confidence.fill_null(0.0)) / (len(FAMILIES) - 1)

    def probability(family: str) -> ir.FloatingValue:
        named = ibis.ifelse(
            past.relationship == family, past.relationship_confidence.fill_null(0.0), rest
        )
        return past[f"p_{family}"].fill_null(named)

    silent = ibis.ifelse(
        past.relationship.isnull() & past.p_none.isnull(), 1.0, probability("none")
    )
    telling = (fresh * (1.0 - silent)).cast("float64")
    told = telling * ibis.ifelse(past.public, listening.public_reach, listening.reach)
    speaking = (1.0 - silent).nullif(0.0)

    def likelier(family: str) -> ir.FloatingValue:
        usual = ibis.ifelse(
            past.public,
            listening.public_shares[family],
            (shares or listening.public_shares)[family],
        )
        return ((probability(family) / speaking).fill_null(0.0) + LEAST) / (usual + LEAST)

    ratios = {
        f"ratio_{family}": (told * likelier(family) + 1.0 - told).ln().cast("float64").sum()
        for family in SPEAKING_FAMILIES
    }
    public = ibis.ifelse(past.public, 1, 0).sum().cast("int64")
    return past.group_by("customer_id").aggregate(
        texts=telling.sum(), public_texts=public, **ratios
    )


def _where_said(texts: ir.Table, interactions: ir.Table | None) -> ir.Table:
    """The texts, and whether each was said in public."""
    if interactions is None:
        return texts.mutate(public=ibis.literal(False))
    said = conform(interactions, CONTRACTS["interactions"])
    public = said.filter(said.channel.isin(PUBLIC)).select(public_id="interaction_id")
    joined = texts.left_join(public, texts.interaction_id == public.public_id)
    return joined.mutate(public=joined.public_id.notnull()).drop("public_id")


def text_shares(
    coded_texts: ir.Table,
    at: datetime,
    *,
    interactions: ir.Table | None = None,
    needed: int = 100,
) -> dict[str, float]:
    """What an average text of the firm that is not public says of each family, for `family_evidence`.

    coded_texts: the derived contract of that name; texts after `at` are left out.
    Where nearly everybody writes to ask or to complain, a request tells little of a bond: against
    these shares the average text says nothing, and only what sets a customer's words apart counts.
    Public words are left out: there the average itself tells how customers are.
    Returns probabilities by family given that a family is told at all, summing to 1; empty under
    `needed` texts that have them.
    """
    texts = conform(coded_texts, DERIVED["coded_texts"])
    past = texts.filter(texts.at <= ibis.literal(at), texts.p_none.notnull())
    past = _where_said(past, interactions)
    past = past.filter(~past.public)
    means = {family: past[f"p_{family}"].mean() for family in SPEAKING_FAMILIES}
    row = past.aggregate(texts=past.count(), **means).to_pyarrow().to_pylist()[0]
    if row.pop("texts") < needed:
        return {}
    told = sum(row.values())
    return {family: float(share) / told for family, share in row.items()} if told else {}


def _ratio(part: ir.FloatingValue, whole: ir.FloatingValue) -> ir.FloatingValue:
    return part / whole.nullif(0.0)
