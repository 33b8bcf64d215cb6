"""The rows behind each figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.board.periods import Period
from entregent.web.evidence.models import Answer, Case, CustomerSummary, Interaction
from entregent.web.workspace.models import Workspace

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a figure: its title, its columns (field → heading), its rows."""

    title: str | Promise
    columns: Sequence[tuple[str, str | Promise]]
    rows: Callable[[Period, Workspace, dict[str, str]], Rows]


ANSWER = (
    ("customer__name", _("client")),
    ("at", _("quand")),
    ("item", _("question")),
    ("value", _("note")),
    ("text", _("mots")),
)
CALL = (
    ("customer__name", _("client")),
    ("at", _("quand")),
    ("channel", _("canal")),
    ("wait_seconds", _("attente (s)")),
    ("abandoned", _("abandonné")),
    ("agent_id", _("conseiller")),
)
EXCHANGE = (
    ("customer__name", _("client")),
    ("at", _("quand")),
    ("channel", _("canal")),
    ("direction", _("sens")),
    ("activity", _("activité")),
    ("text", _("mots")),
)
CASE = (
    ("source_key", _("dossier")),
    ("customer__name", _("client")),
    ("opened_at", _("ouvert")),
    ("kind", _("type")),
    ("cause", _("cause")),
    ("severity", _("gravité")),
    ("status", _("état")),
    ("resolved_at", _("résolu")),
)
VALUE = (
    ("name", _("client")),
    ("value_class", _("classe")),
    ("revenue", _("chiffre d’affaires")),
    ("last_at", _("dernier échange")),
)


def _answers(instrument: str) -> Callable[[Period, Workspace, dict[str, str]], Rows]:
    def rows(period: Period, _workspace: Workspace, asked: dict[str, str]) -> Rows:
        found = _within(
            Answer.objects.filter(instrument=instrument, value__isnull=False), "at", period
        )
        if item := asked.get("item"):
            found = found.filter(item=item)
        if "version" in asked:
            found = found.filter(instrument_version=asked["version"])
        return found.order_by("-at", "-pk")

    return rows


def _calls(period: Period, workspace: Workspace, asked: dict[str, str]) -> Rows:
    found = _within(
        Interaction.objects.filter(channel="phone", wait_seconds__isnull=False).exclude(
            direction="out"
        ),
        "at",
        period,
    )
    if asked.get("late"):
        found = found.filter(
            Q(wait_seconds__gt=workspace.answer_target_seconds) | Q(abandoned=True)
        )
    return found.order_by("-at", "-pk")


def _exchanges(period: Period, _workspace: Workspace, asked: dict[str, str]) -> Rows:
    found = _within(Interaction.objects.all(), "at", period)
    if "channel" in asked:
        found = found.filter(channel=asked["channel"])
    return found.order_by("-at", "-pk")


def _cases(period: Period, workspace: Workspace, asked: dict[str, str]) -> Rows:
    found = Case.objects.filter(opened_at__lt=period.until)
    if asked.get("open"):
        found = found.filter(
            Q(resolved_at=None) | Q(resolved_at__gt=period.until),
            Q(closed_at=None) | Q(closed_at__gt=period.until),
        )
    if asked.get("late"):
        found = found.filter(
            opened_at__lt=period.until - timedelta(days=workspace.case_target_days)
        )
    return found.order_by(F("opened_at").asc(), "pk")


def _values(_period: Period, _workspace: Workspace, asked: dict[str, str]) -> Rows:
    found = CustomerSummary.objects.exclude(value_class="")
    if asked.get("class") in {"A", "B", "C"}:
        found = found.filter(value_class=asked["class"])
    return found.order_by("-revenue", "customer_id")


FIGURES: dict[str, Behind] = {
    "nps": Behind(_("Réponses à la question de recommandation"), ANSWER, _answers("nps")),
    "csat": Behind(_("Réponses de satisfaction"), ANSWER, _answers("csat")),
    "ces": Behind(_("Réponses sur l’effort"), ANSWER, _answers("ces")),
    "calls": Behind(_("Appels reçus"), CALL, _calls),
    "exchanges": Behind(_("Échanges"), EXCHANGE, _exchanges),
    "cases": Behind(_("Dossiers"), CASE, _cases),
    "value": Behind(_("Clients par valeur"), VALUE, _values),
}


def rows_behind(
    user: User, figure: str, period: Period, workspace: Workspace, asked: dict[str, str]
) -> Rows:
    """The rows of a figure that this person may see."""
    behind = FIGURES[figure]
    rows = behind.rows(period, workspace, asked).select_related("customer")
    return rows if user.may(Power.SEE_CUSTOMERS) else rows.none()


def _within(rows: Rows, column: str, period: Period) -> Rows:
    rows = rows.filter(**{f"{column}__lt": period.until})
    return rows if period.since is None else rows.filter(**{f"{column}__gte": period.since})
