"""What a customer speaks of, told to them: this room's part of their copy."""

from django.db.models import Q
from django.utils.translation import gettext as _

from entregent.web.customers.copies import Held, Part, Whose
from entregent.web.themes.models import Mention


def themes(whose: Whose) -> Part:
    mentions = list(
        Mention.objects.filter(
            Q(segment__of_text__interaction__customer__in=whose.ids)
            | Q(segment__of_text__answer__customer__in=whose.ids)
        )
        .select_related("theme", "segment__of_text__interaction", "segment__of_text__answer")
        .order_by("theme__name", "pk")
    )
    passages: dict[str, list[tuple[str, str]]] = {}
    for one in mentions:
        segment = one.segment
        passages.setdefault(one.theme.name, []).append(
            (segment.of_text.words[segment.start : segment.end], "")
        )
    return Part(
        _("Les sujets dont vous parlez"),
        _("Chaque passage est rangé par une machine sous le sujet dont il est le plus proche."),
        [Held(name, (), its) for name, its in passages.items()],
        {
            "themes": [
                {"segment": one.segment_id, "theme": one.theme.name, "closeness": one.closeness}
                for one in mentions
            ]
        },
    )
