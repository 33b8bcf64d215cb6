"""What playbooks had done, or left undone, for a customer, told to them: this room's part of their copy."""

from django.utils.translation import gettext as _

from entregent.web.customers.copies import Held, Part, Whose, as_held
from entregent.web.playbooks.catalogue import entry_of, said
from entregent.web.playbooks.fields import fact_words
from entregent.web.playbooks.models import Action, SimulatedCustomer
from entregent.web.playbooks.queries import changes_named
from entregent.web.playbooks.words import CHANNELS, OWNERS, REFUSALS
from entregent.web.shared.templatetags.figures import day


def playbooks(whose: Whose) -> Part:
    """Actions decided, done or not, and simulations in which the customer stood."""
    actions = list(
        Action.objects.filter(customer__in=whose.ids)
        .select_related("version")
        .order_by("drawn_at", "pk")
    )
    simulated = list(
        SimulatedCustomer.objects.filter(customer__in=whose.ids)
        .select_related("simulation__version")
        .order_by("pk")
    )
    named = changes_named()
    held = [_action(one, named) for one in actions]
    held += [
        Held(
            _("Essai à blanc du %(day)s : %(name)s")
            % {"day": day(one.simulation.at), "name": said(entry_of(one.simulation.version.entry).name)},
            [
                (_("Pourquoi vous"), " · ".join(fact_words(one.facts, named))),
                *([(_("Laissé de côté"), _("les clients comme vous %(why)s") % {"why": REFUSALS.get(one.refusal, one.refusal)})] if one.refusal else []),
            ],
        )
        for one in simulated
    ]  # fmt: skip
    return Part(
        _("Ce que nous avons décidé de faire pour vous"),
        _(
            "Des règles désignent les clients à rappeler, à remercier ou à laisser tranquilles ; une personne agit. "
            "Pour savoir ce qu’une règle change, quelques clients tirés au sort sont laissés de côté."
        ),
        held,
        {
            "actions": [as_held(one) for one in actions],
            "simulations": [as_held(one) for one in simulated],
        },
    )


def _action(action: Action, named: dict[int, str]) -> Held:
    entry = entry_of(action.version.entry)
    facts = [
        (_("Ce qui est prévu"), said(entry.action)),
        (_("Pourquoi"), " · ".join([said(entry.why), *fact_words(action.facts, named)])),
        (_("Où cela en est"), str(action.get_state_display())),
        (_("Par qui"), str(OWNERS.get(action.role, action.role))),
        (_("Par quel moyen"), str(CHANNELS.get(action.channel, action.channel))),
        (_("Pour le"), day(action.due_on)),
    ]
    if action.because:
        facts.append((_("Raison"), str(action.get_because_display())))
    if action.reply:
        facts.append((_("Comment vous l’avez reçu"), str(action.get_reply_display())))
    return Held(
        f"{day(action.drawn_at)} · {said(entry.name)}", facts,
        [(action.note, _("noté par un collègue"))] if action.note else [],
    )  # fmt: skip
