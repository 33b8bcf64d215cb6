from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from entregent.web.accounts.actions import LastAdministrator, add_person, change_person
from entregent.web.accounts.forms import NewPersonForm, PersonForm
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power


@require_GET
@needs(Power.KEEP_PEOPLE)
def people(request: SignedInRequest) -> HttpResponse:
    return render(
        request,
        "accounts/people.html",
        {"people": User.objects.order_by("-is_active", "name", "email")},
    )


@require_http_methods(["GET", "POST"])
@needs(Power.KEEP_PEOPLE)
def add(request: SignedInRequest) -> HttpResponse:
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = add_person(**form.cleaned_data)
        messages.success(
            request, _("%(person)s peut maintenant se connecter.") % {"person": person}
        )
        return redirect("accounts:people")
    return render(request, "accounts/person.html", {"form": form})


@require_http_methods(["GET", "POST"])
@needs(Power.KEEP_PEOPLE)
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            change_person(person=get_object_or_404(User, pk=pk), **form.cleaned_data)
        except LastAdministrator:
            form.add_error(
                None,
                _(
                    "Rien n’a été modifié : l’espace doit garder au moins un administrateur actif. Nommez-en un autre d’abord."
                ),
            )
        else:
            messages.success(request, _("Modifications enregistrées."))
            return redirect("accounts:people")
    return render(request, "accounts/person.html", {"form": form, "person": person}, status=200)
