"""What masks say in the reader's language."""

from django import template
from django.utils.translation import gettext as _

from entregent.engine.voice.redaction import Identifier

register = template.Library()


@register.filter
def masked_words(kind: str) -> str:
    return {
        Identifier.EMAIL: _("e-mail"),
        Identifier.IBAN: _("IBAN"),
        Identifier.CARD: _("carte"),
        Identifier.SOCIAL_SECURITY: _("sécurité sociale"),
        Identifier.PHONE: _("numéro de téléphone"),
        Identifier.ADDRESS: _("adresse"),
        Identifier.CONTRACT: _("contrat"),
        Identifier.NAME: _("nom"),
    }[Identifier(kind)]
