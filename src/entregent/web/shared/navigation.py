"""The five verbs and the data beneath them, as far as their rooms are there and the person may enter."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entregent.web.shared.templatetags.figures import speak_currency
from entregent.web.workspace.models import this_workspace


@dataclass(frozen=True, slots=True)
class Place:
    name: str | Promise
    route: str
    power: str


@dataclass(frozen=True, slots=True)
class Verb:
    name: str | Promise
    icon: str
    places: tuple[Place, ...]


VERBS = (
    Verb(
        _("Écouter"),
        "listen",
        (
            Place(_("Verbatims"), "verbatims:explorer", "see_customers"),
            Place(_("En direct"), "verbatims:live", "see_customers"),
            Place(_("Thèmes"), "themes:list", "see_figures"),
            Place(_("Codage"), "coding:queues", "code"),
        ),
    ),
    Verb(
        _("Comprendre"),
        "understand",
        (
            Place(_("Écarts de relation"), "relationships:gaps", "see_figures"),
            Place(_("Carte des relations"), "relationships:map", "see_figures"),
            Place(_("Genres de relation"), "relationships:kinds", "see_figures"),
            Place(_("Clients"), "customers:list", "see_customers"),
        ),
    ),
    Verb(
        _("Décider"),
        "decide",
        (
            Place(_("Balances"), "decisions:list", "see_figures"),
            Place(_("Plans de relation"), "plans:list", "see_figures"),
        ),
    ),
    Verb(
        _("Agir"),
        "act",
        (
            Place(_("À faire"), "playbooks:worklist", "see_customers"),
            Place(_("Conduites"), "playbooks:list", "see_figures"),
        ),
    ),
    Verb(
        _("Mesurer"),
        "measure",
        (Place(_("Tableau de bord"), "board:board", "see_figures"),),
    ),
    Verb(
        _("Données"),
        "sources",
        (
            Place(_("Imports"), "sources:imports", "import"),
            Place(_("Sources"), "sources:sources", "import"),
            Place(_("Journal d’audit"), "audit:entries", "see_audit"),
            Place(_("Réglages"), "workspace:settings", "keep_workspace"),
            Place(_("Collègues"), "accounts:people", "keep_people"),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """For every page: the workspace, and the places this person may go to."""
    user, workspace = getattr(request, "user", None), this_workspace()
    speak_currency(workspace.currency)
    if user is None or not user.is_authenticated:
        return {"workspace": workspace}
    here = request.resolver_match.view_name if request.resolver_match else ""
    verbs = []
    for verb in VERBS:
        places = [
            {"name": place.name, "url": url, "here": here.partition(":")[0] == place.route.partition(":")[0]
             and _closest(here, request.path, verb) == place.route}
            for place in verb.places
            if user.may(place.power) and (url := _url(place.route))
        ]  # fmt: skip
        if places:
            verbs.append(
                {
                    "name": verb.name,
                    "icon": verb.icon,
                    "places": places,
                    "here": any(p["here"] for p in places),
                }
            )
    return {"workspace": workspace, "verbs": verbs}


def _url(route: str) -> str | None:
    try:
        return reverse(route)
    except NoReverseMatch:
        return None


def _closest(here: str, path: str, verb: Verb) -> str:
    """The place a page belongs to: itself, or the place of its room under whose address it lies."""
    routes = [place.route for place in verb.places]
    if here in routes:
        return here
    room = here.partition(":")[0]
    own = [route for route in routes if route.partition(":")[0] == room]
    above = [(url, route) for route in own if (url := _url(route)) and path.startswith(url)]
    return max(above, key=lambda pair: len(pair[0]))[1] if above else next(iter(own), "")
