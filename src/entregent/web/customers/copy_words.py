"""What is recorded of a customer, said to them in plain words: this room's part of their copy."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from entregent.web.customers.copies import Held, Part, Whose, as_held
from entregent.web.customers.queries.copy import merges_into, worked_out_of
from entregent.web.customers.templatetags.customers import (
    channel_name,
    money_kind,
    purpose_name,
    said_plainly,
    scheme_name,
    status_name,
)
from entregent.web.evidence.models import (
    Agreement,
    Answer,
    Case,
    Consent,
    Interaction,
    Transaction,
)
from entregent.web.shared.templatetags.figures import day, moment, money, number

Facts = list[tuple[str, str]]


def identity(whose: Whose) -> Part:
    customer = whose.customer
    facts: Facts = [
        (_("Nom"), customer.name),
        (_("Nature"), str(customer.get_kind_display())),
        (_("Langue"), customer.language),
        (_("Client depuis"), _day(customer.since)),
        *((str(scheme_name(one.scheme)), one.value) for one in customer.identities.order_by("pk")),
        *((name.capitalize(), said_plainly(value)) for name, value in customer.attributes.items()),
    ]
    merges = merges_into(whose.customer)
    held = [Held(_("Ce qui permet de vous reconnaître"), _known(facts))]
    held += [
        Held(_("Deux fiches réunies"), [(_("Le"), _day(one.at)), (_("L’autre fiche"), _no(one.duplicate_id))])
        for one in merges
    ]  # fmt: skip
    return Part(
        _("Qui vous êtes pour nous"), _("Repris de nos fichiers, ou noté par un conseiller."), held,
        {"merges": [as_held(one) for one in merges]},
    )  # fmt: skip


def exchanges(whose: Whose) -> Part:
    rows = Interaction.objects.filter(customer=whose.customer).order_by("at", "pk")
    sides = {"in": _("de vous"), "out": _("de nous"), "internal": _("note entre nous")}
    return Part(
        _("Nos échanges"), _("Les messages, appels et notes, tels qu’ils ont été enregistrés."),
        [
            Held(
                f"{moment(row.at)} · {channel_name(row.channel)}"
                + (f" · {sides[row.direction]}" if row.direction in sides else ""),
                _known([(_("Objet"), row.activity)]),
                [(row.text, "")] if row.text else [],
            )
            for row in rows
        ],
    )  # fmt: skip


def payments(whose: Whose) -> Part:
    rows = Transaction.objects.filter(customer=whose.customer).order_by("at", "pk")
    return Part(
        _("Vos achats et paiements"), _("Repris de nos fichiers."),
        [
            Held(
                f"{_day(row.at)} · {money_kind(row.kind)}",
                _known([
                    (_("Montant"), money(row.amount, row.currency or "EUR")),
                    (_("Produit"), row.product),
                    (_("Marge"), "" if row.margin is None else money(row.margin, row.currency or "EUR")),
                ]),
            )
            for row in rows
        ],
    )  # fmt: skip


def replies(whose: Whose) -> Part:
    rows = Answer.objects.filter(customer=whose.customer).order_by("at", "pk")
    return Part(
        _("Vos réponses à nos enquêtes"), _("Vos notes et vos mots, tels que vous les avez donnés."),
        [
            Held(
                f"{_day(row.at)} · {row.instrument} · {row.item}",
                _known([(_("Note"), "" if row.value is None else number(row.value, 1))]),
                [(row.text, "")] if row.text else [],
            )
            for row in rows
        ],
    )  # fmt: skip


def cases(whose: Whose) -> Part:
    rows = Case.objects.filter(customer=whose.customer).order_by("opened_at", "pk")
    return Part(
        _("Vos réclamations et demandes"), _("Les dossiers ouverts pour vous, et ce qu’ils sont devenus."),
        [
            Held(
                f"{_day(row.opened_at)} · {row.cause or row.get_kind_display()}",
                _known([
                    (_("Où il en est"), str(status_name(row.status))),
                    (_("Ce que vous demandiez"), row.remedy_asked),
                    (_("Ce qui a été fait"), row.remedy_given),
                    (_("Résolu le"), _day(row.resolved_at)),
                ]),
            )
            for row in rows
        ],
    )  # fmt: skip


def agreements(whose: Whose) -> Part:
    rows = Agreement.objects.filter(customer=whose.customer).order_by("since", "pk")
    kept = {True: _("oui"), False: _("non"), None: ""}
    return Part(
        _("Contrats, promesses et habitudes"), _("Ce qui nous lie, et ce que nos conseillers ont noté de vos préférences."),
        [
            Held(
                f"{row.get_kind_display()} · {row.text}",
                _known([
                    (_("Depuis le"), _day(row.since)), (_("Jusqu’au"), _day(row.until)),
                    (_("Tenu"), kept[row.kept]),
                ]),
            )
            for row in rows
        ],
    )  # fmt: skip


def consents(whose: Whose) -> Part:
    rows = Consent.objects.filter(customer=whose.customer).order_by("purpose", "given_at", "pk")
    return Part(
        _("Vos consentements"), _("Ce que vous avez accepté, et ce que vous avez retiré."),
        [
            Held(
                purpose_name(row.purpose),
                _known([(_("Donné le"), _day(row.given_at)), (_("Retiré le"), _day(row.withdrawn_at))]),
            )
            for row in rows
        ],
    )  # fmt: skip


def worked_out(whose: Whose) -> Part:
    row = worked_out_of(whose.customer)
    about = _(
        "Des totaux tirés de ce qui précède. La classe range les clients selon le chiffre d’affaires : A, "
        "ceux qui en font ensemble 80 % ; B, les 15 % suivants ; C, les autres."
    )
    if row is None:
        return Part(_("Ce que nos listes en tirent"), about)
    return Part(
        _("Ce que nos listes en tirent"), about,
        [
            Held(_("Totaux"), _known([
                (_("Échanges"), number(row.interactions)), (_("Versé en tout"), money(row.revenue)),
                (_("Classe"), row.value_class), (_("Dossiers ouverts"), number(row.open_cases)),
                (_("Dernier échange"), _day(row.last_at)),
            ]))
        ],
        {"summary": [as_held(row)]},
    )  # fmt: skip


def _day(value: date | datetime | None) -> str:
    return day(value) if value else ""


def _no(key: int) -> str:
    return _("n° %(key)s") % {"key": key}


def _known(facts: Iterable[tuple[str, str]]) -> Facts:
    """Only what there is something to say of."""
    return [(label, words) for label, words in facts if words]
