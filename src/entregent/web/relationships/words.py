"""Inferences in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from entregent.engine.relationship.space import TREATMENTS
from entregent.web.relationships.catalogue import (
    family_name,
    kind_name,
    language,
    relationships,
    said,
    shelf,
)
from entregent.web.relationships.measures.weighing import Piece
from entregent.web.relationships.models import Profile
from entregent.web.shared.templatetags.figures import duration, number, percent, signed, span

STEPS: dict[str, tuple[str | Promise, ...]] = {
    "frequency": (
        gettext_lazy("jamais"), gettext_lazy("une ou deux fois par an"),
        gettext_lazy("tous les deux mois"), gettext_lazy("une ou deux fois par mois"),
        gettext_lazy("chaque semaine"),
    ),
    "tone": (
        gettext_lazy("très personnel"), gettext_lazy("plutôt personnel"), gettext_lazy("neutre"),
        gettext_lazy("plutôt formel"), gettext_lazy("très formel"),
    ),
    "personalisation": (
        gettext_lazy("aucune"), gettext_lazy("légère"), gettext_lazy("modérée"),
        gettext_lazy("forte"), gettext_lazy("très forte"),
    ),
    "offers": (
        gettext_lazy("aucune"), gettext_lazy("une par an"), gettext_lazy("une par trimestre"),
        gettext_lazy("une par mois"), gettext_lazy("plusieurs par mois"),
    ),
    "speed": (
        gettext_lazy("en plusieurs semaines"), gettext_lazy("en dix jours"),
        gettext_lazy("en deux ou trois jours"), gettext_lazy("dans la journée"),
        gettext_lazy("tout de suite"),
    ),
}  # fmt: skip
LOWEST = {"tone": -2}
SHORT = {
    "frequency": gettext_lazy("Contacts"),
    "tone": gettext_lazy("Ton"),
    "personalisation": gettext_lazy("Attention personnelle"),
    "offers": gettext_lazy("Offres"),
    "speed": gettext_lazy("Réponse"),
}
COUNTED_DAYS = {"tenure_days", "days_since_last_purchase", "contract_days_left"}
POINTS = {"nps": 10, "csat": 5, "stars": 5}


@dataclass(frozen=True, slots=True)
class Facing:
    """One treatment, wanted and given. off: given less wanted, in steps; None where unknown.

    told: whether the gap is larger than its doubt.
    """

    name: str
    wanted: str
    given: str
    wanted_at: float | None
    given_at: float | None
    off: float | None
    told: bool


def step_words(treatment: str, value: float | None) -> str:
    """The nearest step of a treatment's scale."""
    if value is None:
        return _("inconnu")
    steps = STEPS[treatment]
    rank = round(value) - LOWEST.get(treatment, 0)
    return str(steps[min(max(rank, 0), len(steps) - 1)])


def facings(profile: Profile) -> list[Facing]:
    """What the customer would like and what the firm does, side by side."""
    rows = []
    for rank, name in enumerate(TREATMENTS):
        wanted, given = profile.wanted[rank], profile.given[rank]
        off = None if wanted is None or given is None else given - wanted
        doubt = (
            (profile.wanted_error[rank] or 0) ** 2 + (profile.given_error[rank] or 0) ** 2
        ) ** 0.5
        scale = relationships().treatments[name]
        rows.append(
            Facing(
                str(SHORT[name]), step_words(name, wanted), step_words(name, given),
                _place(wanted, scale.low, scale.high), _place(given, scale.low, scale.high),
                off, told=off is not None and abs(off) > doubt,
            )
        )  # fmt: skip
    return rows


def _place(value: float | None, low: float, high: float) -> float | None:
    """Where a step stands, from 0 to 100."""
    return None if value is None else round(100 * (value - low) / (high - low), 1)


def reason(profile: Profile) -> str:
    """What the gap is made of, the widest first, in the direction it is named for."""
    signs = {"frequency": 1, "tone": -1, "personalisation": 1}
    parts = []
    for rank, name in enumerate(TREATMENTS):
        wanted, given = profile.wanted[rank], profile.given[rank]
        if wanted is None or given is None or name not in signs:
            continue
        off = (given - wanted) * signs[name] * profile.direction
        words = step_words(name, given), step_words(name, wanted)
        if off > 0.5 and words[0] != words[1]:
            parts.append((off, name, words))
    parts.sort(reverse=True, key=lambda part: part[0])
    if not parts:
        return (
            _("un peu plus proche que voulu sur chaque point")
            if profile.direction > 0
            else _("un peu plus distant que voulu sur chaque point")
        )
    return _(" ; ").join(
        _("%(what)s : %(given)s (souhaité : %(wanted)s)")
        % {"what": str(SHORT[name]).lower(), "given": given, "wanted": wanted}
        for _off, name, (given, wanted) in parts[:2]
    )


def direction_words(direction: int) -> str:
    if direction > 0:
        return _("de trop près")
    return _("de trop loin") if direction < 0 else _("sans écart net")


def piece_words(piece: Piece) -> str:
    """What a piece of evidence is, in the catalogue's words."""
    if piece.name == "metaphor":
        return _("L’image qu’il a choisie pour parler de vous")
    if piece.name == "family":
        return _("Ce que disent ses textes, une fois codés")
    if piece.name == "public":
        return _("Le fait de l’avoir dit en public")
    return shelf().signals.words_for(piece.name, language())


def value_words(piece: Piece) -> str:
    """What was read, as people say it."""
    value = piece.value
    if value is None:
        return ""
    if piece.name == "family" and isinstance(value, str):
        return family_name(value)
    if isinstance(value, str):
        # A kind is shown under its kind name, whatever the questionnaire called it.
        named = relationships().recognised().get(value.replace("’", "'").strip().lower())
        return _("« %(words)s »") % {"words": kind_name(named) if named else value}
    if piece.feature in COUNTED_DAYS:
        return span(int(value))
    if piece.feature.endswith("_balance"):
        return balance_words(value)
    if piece.feature.endswith("_share"):
        return percent(value)
    if piece.feature in POINTS:
        return _("%(value)s sur %(most)s") % {
            "value": number(value), "most": POINTS[piece.feature],
        }  # fmt: skip
    if "." in piece.feature:
        return _("%(value)s sur %(most)s") % {"value": number(value), "most": 7}
    if piece.feature == "lateness":
        return _("%(times)s fois son rythme") % {"times": number(value, 1)}
    if piece.feature.endswith("_seconds"):
        return duration(value)
    return (
        ngettext("%(n)s fois", "%(n)s fois", int(value)) % {"n": number(value)}
        if value
        else _("jamais")
    )


def balance_words(value: float) -> str:
    """Which way most of what was said goes."""
    if abs(value) < 1 / 3:
        return _("partagé")
    return _("plutôt positif") if value > 0 else _("plutôt négatif")


def axis_words(axis: str) -> str:
    return said(relationships().axes[axis].name)


def gap_words(profile: Profile) -> str:
    """The gap in closeness with its doubt, in steps."""
    if profile.closeness is None:
        return ""
    reach = 1.96 * (profile.closeness_error or 0)
    return _("%(gap)s cran (entre %(low)s et %(high)s)") % {
        "gap": signed(profile.closeness, 1),
        "low": signed(profile.closeness - reach, 1),
        "high": signed(profile.closeness + reach, 1),
    }


def together(words: Sequence[str]) -> str:
    """a, b et c"""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s et %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def mark_words(mark: str) -> str:
    """What a catalogue's mark on a claim means."""
    return {
        "V": _("Lu dans sa source."),
        "R": _("Recalculé d’après sa source."),
        "C": _("Calculé ici."),
    }.get(mark, mark)
