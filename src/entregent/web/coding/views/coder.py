"""The machine's card, its trainings, and which coder is in use."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.coders.coder import NoSuchCoder, carried_card, read_card
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.coding import actions, tasks
from entregent.web.coding.cards import card_shown, figures_shown
from entregent.web.coding.codes import book
from entregent.web.coding.forms import ReasonForm, TrainingForm, profile_names
from entregent.web.coding.measures.agreement import human_agreement
from entregent.web.coding.measures.learning import firms_counts
from entregent.web.coding.models import Training
from entregent.web.coding.queries import (
    choices_of_coder,
    coder_in_use,
    folder_of,
    training_in_use,
    trainings_for,
)
from entregent.web.evidence.tasks import code_new_words

FIRM = "maison"


@require_GET
@needs(Power.SEE_FIGURES)
def card(request: SignedInRequest) -> HttpResponse:
    """What a coder learned from, how often it is right, and where it fails."""
    using = training_in_use()
    asked = request.GET.get("profil", FIRM if using else "fast")
    listed = profile_names()
    if asked == FIRM and using:
        found = _read(using)
    elif asked in listed:
        found = carried_card(asked)
    else:
        raise Http404
    tabs = [*([(FIRM, _("le vôtre"))] if using else []), *listed.items()]
    context = {
        "card": card_shown(found, human_agreement()),
        "asked": asked,
        "tabs": tabs,
        "in_use": coder_in_use().name,
        "choices": list(choices_of_coder()[:10]),
        "using": using,
        "may_decide": request.user.may(Power.DECIDE),
        "form": ReasonForm(),
    }
    return render(request, "coding/card.html", context)


def _read(training: Training) -> dict[str, Any]:
    try:
        return read_card(folder_of(training))
    except NoSuchCoder as gone:
        raise Http404 from gone


@require_http_methods(["GET", "POST"])
@needs(Power.CODE)
def trainings(request: SignedInRequest) -> HttpResponse:
    form = TrainingForm(request.POST or None)
    if request.method == "POST":
        if not request.user.may(Power.DECIDE):
            return HttpResponse(_("Rien n’a été lancé."), status=403)
        if form.is_valid():
            return _start(request, form.cleaned_data["profile"])
    learned, held_out = firms_counts()
    context = {
        "form": form,
        "trainings": list(trainings_for(request.user)[:50]),
        "learned": learned,
        "held_out": held_out,
        "in_use": training_in_use(),
        "may_decide": request.user.may(Power.DECIDE),
    }
    return render(request, "coding/trainings.html", context, status=422 if form.is_bound else 200)


def _start(request: SignedInRequest, profile: str) -> HttpResponse:
    try:
        training = actions.start_training(profile=profile, by=request.user)
    except actions.AlreadyLearning:
        messages.error(request, _("Rien n’a été lancé : un apprentissage est déjà en cours."))
        return redirect("coding:trainings")
    except actions.NothingCoded:
        messages.error(request, _("Rien n’a été lancé : personne n’a encore codé de texte."))
        return redirect("coding:trainings")
    tasks.train.enqueue(training.pk)
    return redirect("coding:training", training.pk)


@require_GET
@needs(Power.CODE)
def training(request: SignedInRequest, pk: int) -> HttpResponse:
    """Before and after, on texts that neither coder saw."""
    one = get_object_or_404(trainings_for(request.user), pk=pk)
    context = {
        "training": one,
        "codes": [book()[code].title for code in one.codes],
        "figures": figures_shown(one.figures),
        "profile": profile_names().get(one.profile, one.profile),
        "in_use": training_in_use(),
        "form": ReasonForm(),
        "may_decide": request.user.may(Power.DECIDE),
    }
    template = "coding/_training.html" if request.htmx else "coding/training.html"
    return render(request, template, context)


@require_POST
@needs(Power.DECIDE)
def accept(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(trainings_for(request.user), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Rien n’a changé : dites pourquoi vous l’acceptez."))
        return redirect("coding:training", pk)
    try:
        actions.accept_training(training=one, reason=form.cleaned_data["reason"], by=request.user)
    except (actions.NotToBeDecided, actions.AlreadyInUse):
        messages.error(request, _("Rien n’a changé : ce codeur ne peut pas être mis en service."))
    else:
        code_new_words.enqueue()
        messages.success(
            request,
            _("Ce codeur lit désormais les mots des clients, et relit en ce moment ceux qui sont là. L’ancien est gardé, vous pouvez y revenir."),
        )  # fmt: skip
    return redirect("coding:training", pk)


@require_POST
@needs(Power.DECIDE)
def refuse(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(trainings_for(request.user), pk=pk)
    try:
        actions.refuse_training(training=one, by=request.user)
    except actions.NotToBeDecided:
        messages.error(request, _("Rien n’a changé : il n’y a rien à décider ici."))
    else:
        messages.success(request, _("Codeur écarté. Il reste gardé, au cas où."))
    return redirect("coding:training", pk)


@require_POST
@needs(Power.DECIDE)
def go_back(request: SignedInRequest) -> HttpResponse:
    """Let the package's own coder read again."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Rien n’a changé : dites pourquoi vous y revenez."))
        return redirect("coding:card")
    try:
        actions.use_carried_coder(reason=form.cleaned_data["reason"], by=request.user)
    except actions.AlreadyInUse:
        messages.error(request, _("Rien n’a changé : il lit déjà."))
    else:
        code_new_words.enqueue()
        messages.success(request, _("Le codeur livré avec Entregent lit de nouveau."))
    return redirect("coding:card")
