"""Names of stored codes, as people say them."""

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entregent.web.customers.queries.file import RelationshipFile
from entregent.web.evidence.models import Agreement, Case, Customer, Interaction

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
def scheme_name(scheme: str) -> str:
    """e-mail, téléphone, or which source's number it is."""
    if scheme in SCHEMES:
        return str(SCHEMES[scheme])
    source, _colon, field = scheme.partition(":")
    return source if field in {"", "key"} else f"{source} {field}"


@register.filter
def last_at(rows: Sequence[Interaction]) -> datetime:
    """When the earliest of some rows, newest first, happened."""
    return rows[-1].at


@register.simple_tag
def agreed_by(file: RelationshipFile, agreement: Agreement) -> SafeString | str:
    """Who noted it, where a colleague did."""
    person = file.promised_by.get(agreement.pk)
    return format_html(" · {}", _("noté par %(person)s") % {"person": person}) if person else ""
