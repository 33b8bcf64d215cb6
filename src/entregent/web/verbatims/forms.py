from datetime import datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entregent.web.evidence.code_facets import CodesAsked
from entregent.web.evidence.models import Interaction, Source
from entregent.web.evidence.search import Rating
from entregent.web.verbatims.queries import VerbatimsAsked
from entregent.web.verbatims.words import CODES, code_name, values_to_ask

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class VerbatimsForm(forms.Form):
    """What the address asks of the explorer; a value it does not know is left out."""

    q = forms.CharField(required=False, max_length=400)
    side = forms.ChoiceField(
        required=False, label=_("qui parle"),
        choices=[("", _("les clients")), ("out", _("nous")), ("internal", _("notes internes")), ("all", _("tout le monde"))],
    )  # fmt: skip
    channel = forms.ChoiceField(
        required=False, label=_("canal"), choices=[("", _("tous")), *Interaction.Channel.choices]
    )
    rating = forms.ChoiceField(
        required=False, label=_("note donnée"),
        choices=[("", _("peu importe")), ("low", _("basse")), ("middle", _("moyenne")), ("high", _("haute"))],
    )  # fmt: skip
    language = forms.ChoiceField(
        required=False, label=_("langue"),
        choices=[("", _("toutes")), ("fr", _("français")), ("en", _("anglais")), ("de", _("allemand")), ("es", _("espagnol")), ("it", _("italien")), ("nl", _("néerlandais")), ("pt", _("portugais"))],
    )  # fmt: skip
    source = forms.ChoiceField(required=False, label=_("source"))
    since = forms.DateField(required=False, label=_("du"), widget=DAY)
    until = forms.DateField(required=False, label=_("au"), widget=DAY)

    def __init__(self, asked: Any, sources: list[Source]) -> None:
        super().__init__(asked)
        for code in CODES:
            self.fields[code] = forms.ChoiceField(
                required=False, label=code_name(code), choices=values_to_ask(code)
            )
        self.sources = sources
        choices = [("", _("toutes")), *((str(source.pk), source.name) for source in sources)]
        cast(forms.ChoiceField, self.fields["source"]).choices = choices

    def selects(self) -> list[forms.BoundField]:
        names = ["side", "channel", "rating", "language", "source", "since", "until"]
        return [self[name] for name in names if name != "source" or self.sources]

    def codes(self) -> list[forms.BoundField]:
        return [self[code] for code in CODES]

    @property
    def by_code(self) -> bool:
        """Some code was asked for."""
        return bool(self.asked().codes.facets())

    def asked(self) -> VerbatimsAsked:
        self.is_valid()
        known = self.cleaned_data
        side, source = known.get("side") or "in", known.get("source") or ""
        return VerbatimsAsked(
            words=known.get("q") or "",
            since=_midnight(known.get("since")),
            until=_midnight(known.get("until"), days=1),
            channel=known.get("channel") or "",
            direction="" if side == "all" else side,
            language=known.get("language") or "",
            source=int(source) if source else None,
            rating=cast(Rating, known.get("rating") or ""),
            codes=CodesAsked(**{code: known.get(code) or "" for code in CODES}),
        )

    @property
    def narrowed(self) -> bool:
        """Something was asked, beyond seeing everything."""
        self.is_valid()
        return any(self.cleaned_data.values())


def _midnight(day: Any, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time()))
