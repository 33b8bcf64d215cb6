"""Names of stored codes, as people say them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.web.customers.queries.file import RelationshipFile
from entregent.web.evidence.models import Agreement, Case, Customer, Interaction, Transaction
from entregent.web.shared.templatetags.figures import money

register = template.Library()

SCHEMES = {"email": gettext_lazy("e-mail"), "phone": gettext_lazy("téléphone")}
MONEY_KINDS = {
    "purchase": gettext_lazy("achat"),
    "refund": gettext_lazy("remboursement"),
    "premium": gettext_lazy("cotisation"),
    "claim": gettext_lazy("indemnisation"),
    "fee": gettext_lazy("frais"),
    "gift": gettext_lazy("geste commercial"),
    "payment": gettext_lazy("paiement"),
}
PURPOSES = {
    "data_analysis": gettext_lazy("analyse de ses données"),
    "email_marketing": gettext_lazy("offres par e-mail"),
    "phone_marketing": gettext_lazy("offres par téléphone"),
    "sms_marketing": gettext_lazy("offres par SMS"),
    "postal_marketing": gettext_lazy("offres par courrier"),
    "marketing": gettext_lazy("offres commerciales"),
    "newsletter": gettext_lazy("lettre d’information"),
    "surveys": gettext_lazy("enquêtes"),
    "profiling": gettext_lazy("profilage"),
    "third_parties": gettext_lazy("partage avec des partenaires"),
}
_CHANNELS = dict(Interaction.Channel.choices)
_KINDS = dict(Customer.Kind.choices)
_STATUSES = dict(Case.Status.choices)


@register.simple_tag
def channel_name(channel: str) -> str:
    return str(_CHANNELS.get(channel, channel or "–"))


@register.simple_tag
def kind_name(kind: str) -> str:
    return str(_KINDS.get(kind, kind or "–"))


@register.simple_tag
def status_name(status: str) -> str:
    return str(_STATUSES.get(status, status or _("ouvert")))


@register.simple_tag
def money_kind(kind: str) -> str:
    return str(MONEY_KINDS.get(kind, kind or _("mouvement")))


@register.simple_tag
def money_both_ways(rows: Sequence[Transaction]) -> str:
    """What came in and what went back, summed by currency."""
    parts = []
    for currency in sorted({row.currency for row in rows}):
        amounts = [row.amount for row in rows if row.currency == currency]
        received = sum((amount for amount in amounts if amount > 0), Decimal(0))
        returned = -sum((amount for amount in amounts if amount < 0), Decimal(0))
        if received:
            parts.append(_("%(amount)s versés") % {"amount": money(received, currency)})
        if returned:
            parts.append(_("%(amount)s reversés") % {"amount": money(returned, currency)})
    return ", ".join(parts)


@register.filter
def purpose_name(purpose: str) -> str:
    """What a consent is for, said in words where the source wrote a code."""
    return str(PURPOSES.get(purpose) or purpose.replace("_", " "))


@register.filter
def said_plainly(value: object) -> str:
    """An attribute as a source gave it: a list as its members."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@register.simple_tag
def scheme_name(scheme: str) -> str:
    """e-mail, téléphone, or which source's number it is."""
    if scheme in SCHEMES:
        return str(SCHEMES[scheme])
    source, _colon, field = scheme.partition(":")
    if source == "row":
        return str(_("ligne de la source %(source)s") % {"source": field})
    return source if field in {"", "key"} else f"{source} {field}"


@register.filter
def last_at(rows: Sequence[Transaction]) -> datetime:
    """When the earliest of some rows, newest first, happened."""
    return rows[-1].at


@register.simple_tag
def agreed_by(file: RelationshipFile, agreement: Agreement) -> SafeString | str:
    """Who noted it, where a colleague did."""
    person = file.promised_by.get(agreement.pk)
    return format_html(" · {}", _("noté par %(person)s") % {"person": person}) if person else ""
