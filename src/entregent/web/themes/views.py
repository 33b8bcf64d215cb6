"""Pages of themes: what customers speak about, in which tone, and what weighs on the score."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from entregent.adapters.charts.board import sparkline_points
from entregent.adapters.charts.surveys import pareto_bars
from entregent.adapters.charts.theme import Language
from entregent.adapters.charts.voice import shares_over_time
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.board.measures import last_day
from entregent.web.board.periods import NAMES, Period, asked_period
from entregent.web.shared.exports import FORMS, export
from entregent.web.themes import actions, queries, tasks
from entregent.web.themes.forms import MergeForm, ThemeForm, ThemesForm
from entregent.web.themes.measures import ThemeFigures, Themes, complaints, themes_over
from entregent.web.themes.models import SevenP, Theme

ENOUGH = 30


@require_GET
@needs(Power.SEE_FIGURES)
def themes(request: SignedInRequest) -> HttpResponse:
    """What do customers speak about?"""
    last, proposal = last_day(), queries.last_proposal()
    found = queries.themes_for(request.user)
    if last is None or not found.exists():
        context = {
            "proposal": proposal, "segments": queries.coded_segments(), "fewest": actions.FEWEST_SEGMENTS,
            "may_decide": request.user.may(Power.DECIDE),
        }  # fmt: skip
        return render(request, "themes/empty.html", context)
    period = asked_period(request.GET, last)
    form = ThemesForm(request.GET, queries.channels_spoken())
    asked = form.asked()
    measured = themes_over(period, asked["channel"])
    rows = _listed(measured, asked)
    context = _frame(request, period) | {
        "form": form,
        "measured": measured,
        "rows": [{"figure": one, "points": sparkline_points(one.trend)} for one in rows],
        "emerging": [one for one in measured.figures if one.growth and one.growth.emerging][:3],
        "heaviest": _heaviest(measured),
        "decimals": _decimals(measured),
        "excluded": found.filter(excluded=True, parent=None)
        | found.filter(excluded=True, parent__excluded=False),
        "proposal": proposal,
        "may_decide": request.user.may(Power.DECIDE),
        "may_export": request.user.may(Power.EXPORT),
        "filtered": any(value for name, value in asked.items() if name != "order"),
    }
    return render(request, "themes/list.html", context)


def _frame(request: SignedInRequest, period: Period) -> dict[str, Any]:
    kept = {name: request.GET[name] for name in ("period", "from", "to") if request.GET.get(name)}
    return {
        "period": period,
        "spans": [(name, label) for name, label in NAMES.items() if name != "own"],
        "query": "&".join(f"{name}={value}" for name, value in kept.items()),
    }


def _listed(measured: Themes, asked: dict[str, str]) -> list[ThemeFigures]:
    """The themes asked for; broad ones are followed by their finer ones when in order of size."""
    rows = [
        one
        for one in measured.figures
        if (not asked["seven_p"] or one.theme.seven_p == asked["seven_p"])
        and (asked["level"] != "broad" or one.theme.parent_id is None)
        and (asked["level"] != "fine" or not one.finer)
    ]
    match asked["order"]:
        case "negative":
            return sorted(rows, key=_most_blamed)
        case "growth":
            return sorted(rows, key=lambda one: one.growth.p_value if one.growth else 2)
        case "without":
            return sorted(rows, key=_heaviest_first)
        case "name":
            return sorted(rows, key=lambda one: one.theme.name.casefold())
    rank = {one.theme.pk: place for place, one in enumerate(rows)}
    return sorted(
        rows,
        key=lambda one: (
            rank.get(one.theme.parent_id or one.theme.pk, rank[one.theme.pk]),
            one.theme.parent_id is not None,
            rank[one.theme.pk],
        ),
    )


def _decimals(measured: Themes) -> int:
    """A score out of a hundred is told to a tenth, one out of five to a hundredth."""
    return 1 if measured.question and measured.question[0] == "nps" else 2


def _most_blamed(one: ThemeFigures) -> float:
    """By the lower bound: few passages do not make a theme the most blamed."""
    return -(one.negative.low or 0.0) if one.negative else 1.0


def _heaviest_first(one: ThemeFigures) -> float:
    return -one.without.value if one.without else float("inf")


def _heaviest(measured: Themes) -> ThemeFigures | None:
    """The theme without which the score would be highest, if that is shown."""
    shown = [one for one in measured.figures if one.without and (one.without.low or 0.0) > 0]
    return max(shown, key=lambda one: one.without.value if one.without else 0.0, default=None)


@require_GET
@needs(Power.SEE_FIGURES)
@needs(Power.EXPORT)
def export_themes(request: SignedInRequest, form: str) -> HttpResponseBase:
    last = last_day()
    if form not in FORMS or last is None:
        raise Http404
    asked = ThemesForm(request.GET, queries.channels_spoken()).asked()
    measured = themes_over(asked_period(request.GET, last), asked["channel"])
    record(
        Verb.EXPORTED, "themes", by=request.user, about=_("thèmes"), form=form,
        asked=request.GET.dict(),
    )  # fmt: skip
    headings = [
        _("Thème"), _("Sous"), _("Volet"), _("Textes"), _("Part"), _("de"), _("à"),
        _("Part des reproches"), _("Part avant"), _("Valeur p"), _("Monte"),
        _("Gain de note sans lui"), _("de"), _("à"),
    ]  # fmt: skip
    return export(form, _("themes"), headings, _exported(_listed(measured, asked)))


def _exported(rows: list[ThemeFigures]) -> Iterator[list[Any]]:
    names = dict(SevenP.choices)
    for one in rows:
        growth, without = one.growth, one.without
        yield [
            one.theme.name, one.theme.parent.name if one.theme.parent else "",
            str(names.get(one.theme.seven_p, "")), one.texts, one.share.value, one.share.low,
            one.share.high, one.negative.value if one.negative else None,
            growth.before if growth else None, growth.p_value if growth else None,
            growth.emerging if growth else None, without.value if without else None,
            without.low if without else None, without.high if without else None,
        ]  # fmt: skip


@require_GET
@needs(Power.SEE_FIGURES)
def causes(request: SignedInRequest) -> HttpResponse:
    """Which few themes make most of the complaints?"""
    last = last_day()
    if last is None or not Theme.objects.exists():
        return redirect("themes:list")
    period = asked_period(request.GET, last)
    by = "cost" if request.GET.get("by") == "cost" else "count"
    channel = ThemesForm(request.GET, queries.channels_spoken()).asked()["channel"]
    ranked = complaints(period, channel, by=by)
    unpriced = by == "cost" and ranked is None and complaints(period, channel) is not None
    context = _frame(request, period) | {
        "by": by, "ranked": ranked, "unpriced": unpriced, "few": [one for one in ranked.causes if one.in_a_set] if ranked else [],
        "picture": pareto_bars(ranked, _language()) if ranked else None,
        "links": dict(Theme.objects.values_list("name", "pk")),
        "may_export": request.user.may(Power.EXPORT),
    }  # fmt: skip
    return render(request, "themes/causes.html", context)


@require_GET
@needs(Power.SEE_FIGURES)
@needs(Power.EXPORT)
def export_causes(request: SignedInRequest, form: str) -> HttpResponseBase:
    last = last_day()
    if form not in FORMS or last is None:
        raise Http404
    by = "cost" if request.GET.get("by") == "cost" else "count"
    channel = ThemesForm(request.GET, queries.channels_spoken()).asked()["channel"]
    ranked = complaints(asked_period(request.GET, last), channel, by=by)
    record(
        Verb.EXPORTED, "themes", by=request.user, about=_("causes de reproche"), form=form,
        asked=request.GET.dict(),
    )  # fmt: skip
    headings = [_("Thème"), _("Clients"), _("Chiffre d’affaires concerné"), _("Part (%)"), _("Part cumulée (%)"), _("Parmi les principales"), _("Stabilité (%)")]  # fmt: skip
    rows = (
        [one.cause, one.count, one.cost, one.share, one.cumulative_share, one.in_a_set, one.stability]
        for one in (ranked.causes if ranked else ())
    )  # fmt: skip
    return export(form, _("causes-de-reproche"), headings, rows)


@require_POST
@needs(Power.DECIDE)
def propose(request: SignedInRequest) -> HttpResponse:
    try:
        proposal = actions.ask_for_themes(by=request.user)
    except actions.AlreadyAsked:
        messages.info(
            request, _("Des thèmes sont déjà en préparation. Rien n’a été demandé en plus.")
        )
    else:
        tasks.propose.enqueue(proposal.pk)
    return redirect("themes:list")


@require_GET
@needs(Power.SEE_FIGURES)
def theme(request: SignedInRequest, pk: int) -> HttpResponse:
    return _theme_page(request, _one(request, pk))


def _theme_page(
    request: SignedInRequest, one: Theme, *, form: ThemeForm | None = None,
    merging: MergeForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    last = last_day()
    if last is None:
        raise Http404
    period = asked_period(request.GET, last)
    measured = themes_over(period)
    figure = next((found for found in measured.figures if found.theme.pk == one.pk), None)
    inside = [one.pk, *one.finer.values_list("pk", flat=True)]
    sign = request.GET.get("sens", "")
    context = _frame(request, period) | {
        "theme": one,
        "figure": figure,
        "measured": measured,
        "picture": shares_over_time(figure.trend, _language()) if figure and len(figure.trend) > 1 else None,
        "finer": [found for found in measured.figures if found.theme.parent_id == one.pk],
        "complaints": queries.typical(request.user, inside, sentiment="-"),
        "praise": queries.typical(request.user, inside, sentiment="+"),
        "newest": queries.newest(request.user, inside, sentiment=sign if sign in {"+", "-", "~", "0"} else ""),
        "sign": sign,
        "decimals": _decimals(measured),
        "form": form or ThemeForm(instance=one),
        "merging": merging or MergeForm(theme=one),
        "may_decide": request.user.may(Power.DECIDE),
        "may_export": request.user.may(Power.EXPORT) and request.user.may(Power.SEE_CUSTOMERS),
    }  # fmt: skip
    return render(request, "themes/theme.html", context, status=status)


@require_GET
@needs(Power.SEE_CUSTOMERS)
@needs(Power.EXPORT)
def export_passages(request: SignedInRequest, pk: int, form: str) -> HttpResponseBase:
    one = _one(request, pk)
    if form not in FORMS:
        raise Http404
    record(Verb.EXPORTED, one, by=request.user, form=form)
    inside = [one.pk, *one.finer.values_list("pk", flat=True)]
    headings = [_("Quand"), _("Client"), _("Canal"), _("Passage"), _("Sens"), _("Proximité")]
    rows = (
        [said.row.at, said.row.customer_id, said.channel_name, said.words, said.sentiment, said.closeness]
        for said in queries.every_mention(request.user, inside)
    )  # fmt: skip
    return export(form, _("passages"), headings, rows)


@require_POST
@needs(Power.DECIDE)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _one(request, pk)
    form = ThemeForm(request.POST, instance=_one(request, pk))
    if not form.is_valid():
        return _theme_page(request, one, form=form, status=422)
    actions.edit_theme(theme=one, by=request.user, **form.cleaned_data)
    messages.success(request, _("Thème corrigé."))
    return redirect("themes:theme", pk)


@require_POST
@needs(Power.DECIDE)
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _one(request, pk)
    form = MergeForm(request.POST, theme=one)
    if not form.is_valid():
        return _theme_page(request, one, merging=form, status=422)
    into = actions.merge_theme(theme=one, into=form.cleaned_data["into"], by=request.user)
    messages.success(
        request, _("« %(one)s » fait maintenant partie de « %(into)s ».") % {"one": one.name, "into": into.name}
    )  # fmt: skip
    return redirect("themes:theme", into.pk)


@require_POST
@needs(Power.DECIDE)
def split(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _one(request, pk)
    try:
        made = actions.split_theme(theme=one, by=request.user)
    except actions.NotSplittable:
        messages.error(
            request, _("Rien n’a été modifié : trop peu de passages pour distinguer deux thèmes.")
        )
        return redirect("themes:theme", pk)
    names = _(" et ").join(f"« {part.name} »" for part in made)
    messages.success(
        request, _("Divisé en %(names)s. Donnez-leur le nom qui convient.") % {"names": names}
    )
    return redirect("themes:theme", made[0].pk)


@require_POST
@needs(Power.DECIDE)
def exclude(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _one(request, pk)
    actions.exclude_theme(theme=one, excluded=True, by=request.user)
    messages.success(
        request, _("« %(name)s » ne compte plus. Vous pouvez le reprendre au bas de la liste.") % {"name": one.name}
    )  # fmt: skip
    return redirect("themes:list")


@require_POST
@needs(Power.DECIDE)
def include(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _one(request, pk)
    actions.exclude_theme(theme=one, excluded=False, by=request.user)
    messages.success(request, _("« %(name)s » compte de nouveau.") % {"name": one.name})
    return redirect("themes:theme", pk)


def _one(request: SignedInRequest, pk: int) -> Theme:
    return get_object_or_404(queries.themes_for(request.user), pk=pk)


def _language() -> Language:
    return "en" if (get_language() or "fr").startswith("en") else "fr"
