"""In which plans a customer stands, told to them: this room's part of their copy."""

from django.utils.translation import gettext as _

from entregent.web.customers.copies import Held, Part, Whose, as_held
from entregent.web.plans.models import PlannedCustomer
from entregent.web.relationships.catalogue import kind_name
from entregent.web.shared.templatetags.figures import day


def plans(whose: Whose) -> Part:
    planned = list(
        PlannedCustomer.objects.filter(customer__in=whose.ids).select_related("plan").order_by("pk")
    )
    return Part(
        _("Les relations que nous cherchons à faire évoluer"),
        _("Un plan dit de quelle relation à quelle autre, par quels pas. Aucun ne passe par ce qui vous nuirait."),
        [
            Held(
                one.plan.name,
                [
                    (_("De"), kind_name(one.plan.origin)),
                    (_("Vers"), kind_name(one.plan.goal)),
                    (_("Votre relation ce jour-là (estimation)"), kind_name(one.kind) if one.kind else _("on ne sait pas")),
                    (_("Écrit le"), day(one.plan.at)),
                ],
            )
            for one in planned
        ],
        {"planned": [as_held(one) for one in planned]},
    )  # fmt: skip
