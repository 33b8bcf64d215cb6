from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.workspace.actions import change_workspace
from entregent.web.workspace.models import Workspace, this_workspace


class WorkspaceForm(forms.ModelForm[Workspace]):
    class Meta:
        model = Workspace
        exclude = ("demo",)  # noqa: DJ006  everything else is a convention of the firm


@require_http_methods(["GET", "POST"])
@needs(Power.KEEP_WORKSPACE)
def settings(request: SignedInRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, instance=this_workspace())
    if request.method == "POST" and form.is_valid():
        change_workspace(
            workspace=form.save(commit=False), changed=form.changed_data, by=request.user
        )
        messages.success(
            request, _("Réglages enregistrés. Les chiffres en tiennent compte dès maintenant.")
        )
        return redirect("workspace:settings")
    return render(request, "workspace/settings.html", {"form": form})
