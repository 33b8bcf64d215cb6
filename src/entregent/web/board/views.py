from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from entregent.adapters.charts.board import sparkline_points, volumes_picture
from entregent.adapters.charts.surveys import scores_over_time
from entregent.adapters.charts.theme import Language
from entregent.adapters.charts.value import concentration_curve_picture
from entregent.engine.estimates import Estimate
from entregent.engine.value.abc import Concentration
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.board import measures, queries
from entregent.web.board.periods import NAMES, asked_period
from entregent.web.evidence.models import Interaction
from entregent.web.shared.exports import FORMS, export
from entregent.web.workspace.models import this_workspace

ENOUGH = {"nps": 30, "csat": 30, "ces": 30}


@require_GET
@needs(Power.SEE_FIGURES)
def board(request: SignedInRequest) -> HttpResponse:
    """The steering board: where do we stand, with what doubt, compared with before."""
    last = measures.last_day()
    if last is None:
        return render(request, "board/empty.html")
    period = asked_period(request.GET, last)
    workspace = this_workspace()
    measured = measures.board(period, workspace)
    language: Language = "en" if (get_language() or "fr").startswith("en") else "fr"
    channels = dict(Interaction.Channel.choices)
    # Drawing costs more than the rest of the page.
    pictures = measures.kept(
        f"pictures:{language}:{period.first}:{period.last}", lambda: _pictures(measured, language)
    )
    scores = [
        {
            "score": score, "name": _names()[score.instrument], "method": _methods()[score.instrument],
            "measured": isinstance(score.estimate, Estimate),
            "too_few": isinstance(score.estimate, Estimate) and score.estimate.n < ENOUGH[score.instrument],
            "missing": ENOUGH[score.instrument] - score.estimate.n if isinstance(score.estimate, Estimate) else None,
            "points": sparkline_points(score.trend),
            "picture": picture,
        }
        for score, picture in zip(measured.scores, pictures["scores"], strict=True)
    ]  # fmt: skip
    return render(
        request, "board/board.html",
        {
            "board": measured, "period": period, "spans": [(name, label) for name, label in NAMES.items() if name != "own"],
            "scores": scores, "workspace": workspace, "target_share": float(workspace.answer_target_share),
            "channels": [(key, str(channels.get(key, key) or _("autre")), n, received) for key, n, received in measured.channels],
            "volumes": pictures["volumes"],
            "level_points": sparkline_points(measured.answering.trend),
            "curve": pictures["curve"],
            "query": _period_query(request),
        },
    )  # fmt: skip


def _pictures(measured: measures.Board, language: Language) -> dict[str, Any]:
    channels = dict(Interaction.Channel.choices)
    volumes = [
        (start, str(channels.get(channel, channel) or _("autre")), n)
        for start, channel, n in measured.volumes
    ]
    return {
        "scores": [
            scores_over_time(score.trend, score.instrument, language)
            if len(score.trend) > 1
            else None
            for score in measured.scores
        ],
        "volumes": volumes_picture(volumes, language) if volumes else None,
        "curve": concentration_curve_picture(measured.revenue_curve, measured.revenue, language)
        if isinstance(measured.revenue, Concentration) and measured.revenue_curve
        else None,
    }


def _period_query(request: SignedInRequest) -> str:
    kept = {name: request.GET[name] for name in ("period", "from", "to") if request.GET.get(name)}
    return "&".join(f"{name}={value}" for name, value in kept.items())


def _names() -> dict[str, str]:
    return {
        "nps": _("Recommandation (NPS)"),
        "csat": _("Satisfaction (CSAT)"),
        "ces": _("Effort (CES)"),
    }


def _methods() -> dict[str, str]:
    return {
        "nps": _("part des 9 et 10 moins part des 0 à 6 ; intervalle de Wald ajusté à 95 %"),
        "csat": _("part des deux meilleures notes ; intervalle de Wilson à 95 %"),
        "ces": _("moyenne ; intervalle de Student à 95 %"),
    }


@require_GET
@needs(Power.SEE_FIGURES)
def rows(request: SignedInRequest, figure: str) -> HttpResponseBase:
    """The rows behind a figure, as a page or as a file."""
    last = measures.last_day()
    if figure not in queries.FIGURES or last is None:
        raise Http404
    behind = queries.FIGURES[figure]
    period, workspace = asked_period(request.GET, last), this_workspace()
    found = queries.rows_behind(request.user, figure, period, workspace, request.GET.dict())
    if (form := request.GET.get("export")) in FORMS:
        return _exported(request, figure, behind, found, form)
    page = Paginator(found, 50, allow_empty_first_page=True)
    shown = page.get_page(request.GET.get("page"))
    names = [name for name, _heading in behind.columns]
    key = "customer_id"
    return render(
        request, "board/rows.html",
        {
            "behind": behind, "page": shown, "period": period, "figure": figure, "total": page.count,
            "may_export": request.user.may(Power.EXPORT),
            "rows": [{"customer": getattr(row, key), "cells": [(name, _cell(row, name)) for name in names]} for row in shown],
        },
    )  # fmt: skip


@needs(Power.EXPORT)
def _exported(
    request: SignedInRequest, figure: str, behind: queries.Behind, found: queries.Rows, form: Any
) -> HttpResponseBase:
    record(
        Verb.EXPORTED, "figure", by=request.user, about=str(behind.title), asked=request.GET.dict()
    )
    names = [name for name, _heading in behind.columns]
    return export(
        form,
        f"{figure}",
        [str(heading) for _name, heading in behind.columns],
        found.values_list(*names).iterator(2000),
    )


def _cell(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part, None)
    return row
