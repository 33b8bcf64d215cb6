"""A language model as a coder: whether it may be asked, what it would cost, and how well it does."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.coders.language_model import ServerRefuses
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.coding import actions, tasks
from entregent.web.coding.cards import trial_shown
from entregent.web.coding.forms import LanguageModelForm
from entregent.web.coding.measures.trying import TRIED, texts_to_try
from entregent.web.coding.models import Trial
from entregent.web.coding.queries import language_model, trials


@require_http_methods(["GET", "POST"])
@needs(Power.KEEP_WORKSPACE)
def settings(request: SignedInRequest) -> HttpResponse:
    form = LanguageModelForm(request.POST or None, instance=language_model())
    if request.method == "POST" and form.is_valid():
        actions.set_language_model(by=request.user, **form.cleaned_data)
        messages.success(request, _("Réglages enregistrés. Rien n’a été envoyé."))
        return redirect("coding:language_model")
    model = language_model()
    try:
        cost = actions.expected_cost()
    except ServerRefuses:
        cost = None
    context = {
        "form": form,
        "model": model,
        "key_is_there": actions.key_is_there(model),
        "cost": cost,
        "coded": len(texts_to_try()),
        "tried": TRIED,
        "trials": [(one, trial_shown(one.figures)) for one in trials()[:5]],
        "running": trials().filter(state=Trial.State.RUNNING).exists(),
    }
    return render(
        request, "coding/language_model.html", context, status=422 if form.is_bound else 200
    )


@require_POST
@needs(Power.KEEP_WORKSPACE)
def start(request: SignedInRequest) -> HttpResponse:
    try:
        trial = actions.start_trial(by=request.user)
    except actions.SwitchedOff:
        messages.error(
            request,
            _("Rien n’a été envoyé : le modèle de langue n’est pas autorisé à être interrogé."),
        )
    except actions.NothingCoded:
        messages.error(request, _("Rien n’a été envoyé : codez d’abord quelques textes."))
    else:
        tasks.run_trial.enqueue(trial.pk)
        messages.success(
            request, _("L’essai est lancé. Les noms et numéros sont masqués avant l’envoi.")
        )
    return redirect("coding:language_model")


@require_GET
@needs(Power.KEEP_WORKSPACE)
def progress(request: SignedInRequest) -> HttpResponse:
    context = {
        "trials": [(one, trial_shown(one.figures)) for one in trials()[:5]],
        "running": trials().filter(state=Trial.State.RUNNING).exists(),
    }
    return render(request, "coding/_trials.html", context)
