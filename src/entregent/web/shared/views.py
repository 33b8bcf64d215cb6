"""Where a person lands, and the one search box."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from entregent.web.accounts.gates import SignedInRequest
from entregent.web.accounts.roles import Role
from entregent.web.shared.navigation import navigation

LANDINGS = {
    Role.ADVISER: ("playbooks:worklist", "customers:list"),
    Role.MANAGER: ("relationships:gaps", "board:board"),
    Role.ANALYST: ("board:board",),
    Role.OFFICER: ("audit:entries",),
    Role.ADMINISTRATOR: ("sources:imports",),
}


@require_GET
def home(request: SignedInRequest) -> HttpResponseRedirect:
    """The page this person's day begins with."""
    for route in LANDINGS.get(Role(request.user.role), ()):
        try:
            return redirect(reverse(route))
        except NoReverseMatch:
            continue
    places = [place for verb in navigation(request)["verbs"] for place in verb["places"]]
    return redirect(places[0]["url"] if places else "account_change_password")


@require_GET
def find(request: SignedInRequest) -> HttpResponse:
    """Places whose name matches, and links to search customers and verbatims for the same words."""
    asked = request.GET.get("q", "").strip()
    places = [
        place
        for verb in navigation(request)["verbs"]
        for place in verb["places"]
        if asked and asked.lower() in str(place["name"]).lower()
    ]
    return render(request, "shared/find.html", {"asked": asked, "places": places})
