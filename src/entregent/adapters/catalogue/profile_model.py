"""The model that profiles customers, put together from the catalogues in force."""

from collections.abc import Mapping

from entregent.adapters.catalogue.shelf import Shelf
from entregent.engine.relationship.kinds import ABSTENTION_LEVEL, KindModel
from entregent.engine.relationship.profiling import ProfileModel


def profile_model(
    shelf: Shelf,
    *,
    sector: str = "any",
    temperature: Mapping[str, float] | None = None,
    level: float = ABSTENTION_LEVEL,
) -> ProfileModel:
    """What the catalogues say, for a sector, before anything was learned from the firm.

    temperature: per source, as measured on labelled customers; the catalogue's until then.
    """
    relationships, signals, trust = shelf.relationships, shelf.signals, shelf.trust
    space = relationships.space()
    tempered = temperature or {str(source): t for source, t in signals.temperature.items()}
    kinds = KindModel(
        space, relationships.prior(sector), signals.model(space), dict(tempered), level
    )
    asked = [*signals.survey_items(), *shelf.instruments.items_to_read()]
    return ProfileModel(
        kinds=kinds,
        treatment=signals.treatment_model(),
        trust_weights=trust.level_weights(),
        facets=shelf.instruments.facets(),
        items=list(dict.fromkeys(asked)),
        metaphors=shelf.instruments.metaphors(),
        metaphor_names=relationships.recognised(),
        read_as=shelf.instruments.columns_read_as(),
        moved_to_brand=trust.weights.transactional_part_of_person_moved_to_brand,
        middle=trust.attachment.middle,
        listening=signals.listening(),
        version=f"relationships {relationships.fingerprint}, signals {signals.fingerprint}",
    )
