from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.audit.models import Verb
from entregent.web.audit.queries import entries_for


@require_GET
@needs(Power.SEE_AUDIT)
def entries(request: SignedInRequest) -> HttpResponse:
    found = entries_for(request.user)
    verb, who = request.GET.get("verb", ""), request.GET.get("who", "")
    if verb in Verb.values:
        found = found.filter(verb=verb)
    if who.isdigit():
        found = found.filter(by_id=int(who))
    if about := request.GET.get("about", "").strip():
        found = found.filter(about__icontains=about)
    page = Paginator(found, 100).get_page(request.GET.get("page"))
    choices = {"actions": Verb.choices, "people": User.objects.all()}
    return render(request, "audit/entries.html", {"page": page, **choices})
