"""What is inferred of a customer's relationship, told to them: this room's part of their copy."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from entregent.engine.relationship.space import TREATMENTS
from entregent.web.customers.copies import Held, Part, Whose, as_held
from entregent.web.relationships.actions import standing_model
from entregent.web.relationships.catalogue import family_name, kind_name, said, shelf
from entregent.web.relationships.measures.weighing import weighed
from entregent.web.relationships.models import Overruling, Profile
from entregent.web.relationships.words import facings, gap_words, piece_words, value_words
from entregent.web.shared.templatetags.figures import day, interval, number, percent

WORTH_SAYING = 0.01


def relationship(whose: Whose) -> Part:
    """Estimates of the kind of relationship, and what colleagues said instead."""
    profiles = list(Profile.objects.filter(pk__in=whose.ids).select_related("reckoning"))
    said_instead = list(Overruling.objects.filter(customer__in=whose.ids).order_by("at"))
    held = [one for profile in profiles for one in _estimates(profile)]
    held += [
        Held(
            _("Corrigé par un collègue le %(day)s") % {"day": day(one.at)},
            [
                (_("Genre de relation"), kind_name(one.kind)),
                (_("L’estimation disait"), kind_name(one.inferred) if one.inferred else _("on ne sait pas")),
                *([(_("Annulé le"), day(one.undone_at))] if one.undone_at else []),
            ],
            [(one.reason, _("la raison notée"))],
        )
        for one in said_instead
    ]  # fmt: skip
    return Part(
        _("La relation que nous pensons avoir avec vous"),
        _(
            "Des estimations, faites par calcul à partir de vos réponses, de vos mots et de vos habitudes. "
            "Elles servent à vous traiter comme vous le souhaitez. Un pourcentage est une probabilité, "
            "pas une certitude ; sous 35 %, nous disons que nous ne savons pas."
        ),
        held,
        {
            "relationship_estimates": [_as_held(profile) for profile in profiles],
            "relationship_corrections": [as_held(one) for one in said_instead],
        },
    )


def _estimates(profile: Profile) -> list[Held]:
    model = standing_model(profile.reckoning)
    families = sorted(
        zip(model.kinds.space.families, profile.families, strict=True), key=lambda pair: -pair[1]
    )
    ranked = [
        (profile.kind, profile.kind_probability),
        (profile.second_kind, profile.second_probability),
        (profile.third_kind, profile.third_probability),
    ]
    unknown = _("on ne sait pas")
    return [
        Held(
            _("Famille et genre de relation (estimation du %(day)s)") % {"day": day(profile.computed_at)},
            [
                (_("Famille retenue"), family_name(profile.shown_family) if profile.shown_family else unknown),
                (_("Toutes les familles possibles"), _chances(families, family_name)),
                (_("Genre retenu"), kind_name(profile.shown_kind) if profile.shown_kind else unknown),
                (_("Genres les plus probables"), _chances(ranked, kind_name)),
                (_("Indices"), number(profile.pieces)),
                (_("Calculé avec"), profile.reckoning.made_by),
            ],
        ),
        Held(
            _("Étape, confiance et attachement (estimations)"),
            [
                (_("Étape de la relation"), _stage(profile) if profile.stage_probability >= 0.35 else unknown),
                (_("Confiance"), _figure(profile.trust, *_around(profile.trust, profile.trust_error))),
                *((_trust_name(name), _figure(*bounds)) for name, bounds in profile.trust_in.items()),
                (_("Envie de rester"), _figure(profile.dedication, profile.dedication_low, profile.dedication_high)),
                (_("Obligation de rester"), _figure(profile.constraint, profile.constraint_low, profile.constraint_high)),
                (_("Pourquoi vous restez"), _quadrant(profile) if profile.quadrant else unknown),
            ],
        ),
        Held(
            _("Ce que vous souhaitez et ce que vous recevez (estimations)"),
            [
                *(
                    (one.name, _("souhaité : %(wanted)s ; reçu : %(given)s") % {"wanted": one.wanted, "given": one.given})
                    for one in facings(profile)
                ),
                (_("Écart de proximité"), gap_words(profile) or unknown),
            ],
        ),
        Held(
            _("Ce qui a pesé dans l’estimation de la famille (notes pour nos conseillers)"),
            [
                (
                    _("%(what)s : %(value)s") % {"what": piece_words(one), "value": value_words(one)},
                    _("pour") if one.weight > 0 else _("contre"),
                )
                for one in weighed(profile, model, profile.shown_family or profile.family)
            ],
        ),
    ]  # fmt: skip


def _chances(pairs: Sequence[tuple[str, float]], name: Any) -> str:
    return ", ".join(
        f"{name(key)} {percent(chance)}" for key, chance in pairs if key and chance >= WORTH_SAYING
    )


def _stage(profile: Profile) -> str:
    names = {one.id: said(one.name) for one in shelf().trust.stages}
    return f"{names.get(profile.stage, profile.stage)} ({percent(profile.stage_probability)})"


def _quadrant(profile: Profile) -> str:
    its = shelf().trust.attachment.quadrants[profile.quadrant]
    return f"{said(its.name)} ({percent(profile.quadrant_probability)})"


def _trust_name(dimension: str) -> str:
    return said(shelf().trust.dimensions[dimension].name)


def _around(value: float | None, error: float | None) -> tuple[float | None, float | None]:
    if value is None or error is None:
        return None, None
    return max(0.0, value - 1.96 * error), min(1.0, value + 1.96 * error)


def _figure(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return _("on ne sait pas")
    return (
        f"{percent(value)} {interval(low, high, 'percent')}" if low is not None else percent(value)
    )


def _as_held(profile: Profile) -> dict[str, Any]:
    """A profile whose lists say what they are of."""
    model = standing_model(profile.reckoning)
    row = as_held(profile, "reckoning") | {"made_by": profile.reckoning.made_by}
    row["families"] = dict(zip(model.kinds.space.families, profile.families, strict=True))
    for name in ("wanted", "wanted_error", "given", "given_error"):
        row[name] = dict(zip(TREATMENTS, row[name], strict=False))
    return row
