"""What coded words say of each customer, as one Ibis expression over the coded tables.

Codes are summed with the coder's calibrated confidence as their weight, so that an unsure reading
counts for less; a code on which the coder abstained is null and counts for nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from entregent.engine.evidence import DERIVED, FAMILIES, conform

MEMORY = timedelta(days=365)
"""Proposed: words older than this weigh half as much, twice older a quarter."""

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


def family_evidence(
    coded_texts: ir.Table, at: datetime, coder_shares: Mapping[str, float] | None = None
) -> ir.Table:
    """One row per customer who wrote: `customer_id`, `texts`, and `ratio_<family>` per family.

    coded_texts: the derived contract of that name; texts after `at` are left out.
    coder_shares: how likely each family is before a text is read, all equal unless told: it is
    taken out before our own prior is put in. `text_shares` measures it in the firm's own texts.
    `ratio_<family>` sums, over texts, ln((probability + 0.02) / (share + 0.02)), each weighed by
    how fresh and how telling the text is (one less the probability of `none`). Where the coder gives
    no probabilities, its label takes its confidence and the others share the rest equally.
    """
    texts = conform(coded_texts, DERIVED["coded_texts"])
    past = texts.filter(texts.at <= ibis.literal(at))
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
    shares = coder_shares or dict.fromkeys(SPEAKING_FAMILIES, 1 / len(SPEAKING_FAMILIES))
    ratios = {
        f"ratio_{family}": (
            ((probability(family) + 0.02).ln() - (ibis.literal(shares[family]) + 0.02).ln())
            * telling
        )
        .cast("float64")
        .sum()
        for family in SPEAKING_FAMILIES
    }
    return past.group_by("customer_id").aggregate(texts=telling.sum(), **ratios)


def text_shares(coded_texts: ir.Table, at: datetime, *, needed: int = 100) -> dict[str, float]:
    """How likely each family is in an average text of the firm, for `coder_shares`.

    coded_texts: the derived contract of that name; texts after `at` are left out.
    Where nearly everybody writes to ask or to complain, a request tells little of a bond: against
    these shares the average text says nothing, and only what sets a customer's words apart counts.
    Returns probabilities by family, `none` left out; empty under `needed` texts that have them.
    """
    texts = conform(coded_texts, DERIVED["coded_texts"])
    past = texts.filter(texts.at <= ibis.literal(at), texts.p_none.notnull())
    means = {family: past[f"p_{family}"].mean() for family in SPEAKING_FAMILIES}
    row = past.aggregate(texts=past.count(), **means).to_pyarrow().to_pylist()[0]
    if row.pop("texts") < needed:
        return {}
    return {family: float(share) for family, share in row.items()}


def _ratio(part: ir.FloatingValue, whole: ir.FloatingValue) -> ir.FloatingValue:
    return part / whole.nullif(0.0)
