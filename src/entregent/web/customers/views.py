"""Pages of the customers' room. Queries decide what is seen, actions what is written."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.customers import measures
from entregent.web.customers.actions.agreements import (
    NotAPromise,
    note_agreement,
    remove_agreement,
    settle_promise,
)  # fmt: skip
from entregent.web.customers.actions.consents import restore_consent, withdraw_consent
from entregent.web.customers.actions.erasure import erase_customer
from entregent.web.customers.actions.identity import (
    KnownToAnother,
    add_identity,
    correct_customer,
    remove_identity,
)  # fmt: skip
from entregent.web.customers.actions.looks import (
    note_copy,
    note_export,
    note_look,
    note_printing,
)  # fmt: skip
from entregent.web.customers.actions.merging import (
    CannotMerge,
    CannotPart,
    merge_customers,
    undo_merge,
)  # fmt: skip
from entregent.web.customers.actions.sharing import (
    LENT_FOR,
    NoLongerShared,
    share_handover,
    shared_customer,
)  # fmt: skip
from entregent.web.customers.copy_files import copy_as_zip
from entregent.web.customers.forms import (
    COLUMNS,
    NUMBERS,
    AgreementForm,
    CustomerForm,
    CustomersForm,
    ErasureForm,
    IdentityForm,
    TimelineForm,
)  # fmt: skip
from entregent.web.customers.handover_pdf import handover_as_pdf
from entregent.web.customers.models import Merge
from entregent.web.customers.queries.customers import (
    agreements_for,
    best_matches,
    consents_for,
    customers_for,
    find_customers,
    namesakes,
    sorted_summaries,
    summaries_for,
)  # fmt: skip
from entregent.web.customers.queries.file import RelationshipFile, file_of
from entregent.web.customers.queries.timeline import timeline_of
from entregent.web.customers.queries.weight import evidence_weight
from entregent.web.evidence.models import Customer, CustomerSummary, Identity
from entregent.web.shared.exports import FORMS, export
from entregent.web.workspace.models import this_workspace

FOUND = 5


@require_GET
@needs(Power.SEE_CUSTOMERS)
def customers(request: SignedInRequest) -> HttpResponse:
    form = CustomersForm(request.GET)
    asked = form.asked()
    found = find_customers(
        request.user,
        asked,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    columns = [
        (name, COLUMNS[name], "number" if name in NUMBERS else "") for name in form.columns()
    ]
    return render(
        request,
        "customers/list.html",
        _powers(request.user)
        | {"form": form, "asked": asked, "found": found, "columns": columns, "sort": "name"},
    )


@require_GET
@needs(Power.SEE_CUSTOMERS)
def found(request: SignedInRequest) -> HttpResponse:
    """The best matches for the page that searches everywhere."""
    words = request.GET.get("q", "").strip()
    rows = best_matches(request.user, words, limit=FOUND + 1) if words else []
    return render(
        request,
        "customers/found.html",
        {"words": words, "rows": rows[:FOUND], "more": len(rows) > FOUND},
    )


@require_GET
@needs(Power.SEE_CUSTOMERS)
@needs(Power.EXPORT)
def export_customers(request: SignedInRequest, form: str) -> HttpResponseBase:
    if form not in FORMS:
        return redirect("customers:list")
    asked = CustomersForm(request.GET)
    rows = sorted_summaries(summaries_for(request.user), asked.asked())
    note_export(by=request.user, about=_("liste des clients"), form=form, asked=request.GET.dict())
    headings = [_("Numéro"), _("Nom"), *(str(label) for label in COLUMNS.values())]
    return export(form, _("clients"), headings, _exported(rows))


def _exported(rows: QuerySet[CustomerSummary]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=2000):
        yield [
            row.pk, row.name, row.last_at, row.last_channel, row.since, row.revenue, row.value_class,
            row.open_cases, row.nps, row.contacts, row.interactions, row.language, row.kind,
        ]  # fmt: skip


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def file(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = Customer.objects.filter(pk=pk).first()
    if customer and customer.merged_into_id and request.user.may(Power.SEE_CUSTOMERS):
        return redirect("customers:file", customer.merged_into_id)
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    note_look(customer=customer, by=request.user)
    return _file_page(request, customer)


def _file_page(
    request: SignedInRequest,
    customer: Customer,
    *,
    note: AgreementForm | None = None,
    status: int = 200,
) -> HttpResponse:
    read = file_of(customer)
    form = TimelineForm(request.GET)
    context = (
        _said(read)
        | _powers(request.user)
        | {
            "timeline_form": form,
            "timeline": timeline_of(customer, form.asked(), after=request.GET.get("after", "")),
            "timeline_asked": form.asked(),
            "note_form": note or AgreementForm(),
        }
    )
    return render(request, "customers/file.html", context, status=status)


def _said(read: RelationshipFile) -> dict[str, Any]:
    target = this_workspace().case_target_days
    return {
        "file": read,
        "customer": read.customer,
        "who": measures.who_they_are(read),
        "watch": measures.what_to_watch(read, case_target_days=target),
        "scores": measures.latest_scores(read.scores),
    }


@require_GET
@needs(Power.SEE_CUSTOMERS)
def timeline(request: SignedInRequest, pk: int) -> HttpResponse:
    """The part of the file that goes on: more events, or other ones."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    asked = TimelineForm(request.GET).asked()
    context = {
        "customer": customer,
        "timeline": timeline_of(customer, asked, after=request.GET.get("after", "")),
        "timeline_asked": asked,
    }
    return render(request, "customers/_timeline.html", context)


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def note(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    form = AgreementForm(request.POST)
    if not form.is_valid():
        return _file_page(request, customer, note=form, status=422)
    note_agreement(customer=customer, by=request.user, **form.cleaned_data)
    messages.success(
        request,
        _("C’est noté. Vos collègues le verront sur cette fiche et sur le relevé de passation."),
    )
    return redirect(_at(pk, "manners" if form.cleaned_data["kind"] != "promise" else "promises"))


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def settle(request: SignedInRequest, pk: int, agreement: int) -> HttpResponse:
    promise = get_object_or_404(agreements_for(request.user), pk=agreement, customer_id=pk)
    kept = {"kept": True, "broken": False}.get(request.POST.get("became", ""))
    try:
        settle_promise(agreement=promise, kept=kept, by=request.user)
    except NotAPromise:
        messages.error(
            request, _("Rien n’a été modifié : seule une promesse peut être tenue ou non.")
        )
    else:
        said = {
            True: _("Promesse tenue : c’est noté."),
            False: _("Promesse non tenue : c’est noté."),
            None: _("La promesse est de nouveau à tenir."),
        }
        messages.success(request, said[kept])
    return redirect(_at(pk, "promises"))


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def remove(request: SignedInRequest, pk: int, agreement: int) -> HttpResponse:
    one = get_object_or_404(agreements_for(request.user), pk=agreement, customer_id=pk)
    remove_agreement(agreement=one, by=request.user)
    messages.success(request, _("Retiré de la fiche : « %(text)s »") % {"text": one.text})
    return redirect(_at(pk, "promises" if one.kind == "promise" else "manners"))


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def consent(request: SignedInRequest, pk: int, consent: int) -> HttpResponse:
    one = get_object_or_404(consents_for(request.user), pk=consent, customer_id=pk)
    if one.withdrawn_at is None:
        withdraw_consent(consent=one, by=request.user)
        messages.success(
            request, _("Consentement retiré : %(purpose)s.") % {"purpose": one.purpose}
        )
    else:
        restore_consent(consent=one, by=request.user)
        messages.success(request, _("Retrait annulé : %(purpose)s.") % {"purpose": one.purpose})
    return redirect(_at(pk, "consents"))


@require_http_methods(["GET", "POST"])
@needs(Power.EDIT_CUSTOMERS)
def identity(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    form = CustomerForm(request.POST or None, instance=customer)
    if request.method == "POST" and form.is_valid():
        stored = get_object_or_404(customers_for(request.user), pk=pk)
        correct_customer(customer=stored, by=request.user, **form.cleaned_data)
        messages.success(request, _("Identité corrigée."))
        return redirect("customers:file", pk)
    return _identity_page(request, customer, form, IdentityForm())


def _identity_page(
    request: SignedInRequest, customer: Customer, form: CustomerForm, address: IdentityForm,
    known_to: Customer | None = None,
) -> HttpResponse:  # fmt: skip
    identities = Identity.objects.filter(customer=customer).order_by("scheme", "value")
    context = {
        "customer": customer,
        "form": form,
        "address": address,
        "known_to": known_to,
        "identities": identities,
    }
    return render(request, "customers/identity.html", context)


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def add_address(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    form, known_to = IdentityForm(request.POST), None
    if form.is_valid():
        try:
            add_identity(customer=customer, by=request.user, **form.cleaned_data)
        except KnownToAnother as held:
            known_to = held.customer
        else:
            messages.success(
                request, _("Ajouté : %(value)s") % {"value": form.cleaned_data["value"]}
            )
            return redirect("customers:identity", pk)
    return _identity_page(request, customer, CustomerForm(instance=customer), form, known_to)


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def remove_address(request: SignedInRequest, pk: int, identity: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    one = get_object_or_404(Identity.objects.filter(customer=customer), pk=identity)
    remove_identity(identity=one, by=request.user)
    messages.success(request, _("Retiré : %(value)s") % {"value": one.value})
    return redirect("customers:identity", pk)


@require_http_methods(["GET", "POST"])
@needs(Power.EDIT_CUSTOMERS)
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Search the other one, look at both, then merge."""
    kept = get_object_or_404(customers_for(request.user), pk=pk)
    other = request.POST.get("duplicate") or request.GET.get("duplicate", "")
    duplicate = (
        customers_for(request.user).filter(pk=int(other)).first() if other.isdigit() else None
    )
    if request.method == "POST" and duplicate:
        try:
            merge_customers(kept=kept, duplicate=duplicate, by=request.user)
        except CannotMerge:
            messages.error(
                request, _("Rien n’a été modifié : ces deux fiches ne peuvent pas être fusionnées.")
            )
        else:
            messages.success(
                request,
                _(
                    "Les deux fiches n’en font plus qu’une. La fusion peut être annulée depuis cette page."
                ),
            )
        return redirect("customers:file", pk)
    words = request.GET.get("q", "").strip()
    candidates = (
        best_matches(request.user, words, limit=10) if words else namesakes(request.user, kept)
    )
    context = {
        "kept": kept,
        "duplicate": duplicate if duplicate and duplicate.pk != kept.pk else None,
        "candidates": [row for row in candidates if row.pk != kept.pk],
        "words": words,
        "sides": [
            (one, evidence_weight(one), one.identities.all()) for one in (kept, duplicate) if one
        ],
    }
    return render(request, "customers/merge.html", context)


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def part(request: SignedInRequest, pk: int, merge: int) -> HttpResponse:
    kept = get_object_or_404(customers_for(request.user), pk=pk)
    one = get_object_or_404(Merge, pk=merge, kept=kept)
    try:
        undo_merge(merge=one, by=request.user)
    except CannotPart:
        messages.error(request, _("Rien n’a été modifié : cette fusion ne peut plus être annulée."))
        return redirect("customers:file", pk)
    messages.success(request, _("Les deux fiches sont de nouveau séparées."))
    return redirect("customers:file", one.duplicate_id)


@require_http_methods(["GET", "POST"])
@needs(Power.ERASE)
def erase(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        erase_customer(customer=customer, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("Tout ce qui concernait cette personne est effacé."))
        return redirect("customers:list")
    context = {"customer": customer, "form": form, "weight": evidence_weight(customer)}
    return render(request, "customers/erase.html", context)


@require_GET
@never_cache
@needs(Power.EXPORT)
def copy(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything held on a customer, for the customer: the right of access."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    note_copy(customer=customer, by=request.user)
    return HttpResponse(
        copy_as_zip(customer),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="client-{pk}.zip"'},
    )


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def handover(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    note_look(customer=customer, by=request.user)
    return render(request, "customers/handover.html", _said(file_of(customer)))


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def shared_handover(request: SignedInRequest, token: str) -> HttpResponseBase:
    """The sheet a colleague lent; one must still be allowed to see the customer."""
    try:
        pk = shared_customer(token)
    except NoLongerShared:
        return render(request, "customers/no_longer_shared.html", status=410)
    return handover(request, pk)


@require_GET
@needs(Power.SEE_CUSTOMERS)
def handover_pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    note_printing(customer=customer, by=request.user, form="pdf")
    content = handover_as_pdf(_said(file_of(customer)) | {"user": request.user})
    name = _("releve")
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}-{pk}.pdf"'},
    )


@require_POST
@needs(Power.SEE_CUSTOMERS)
def printed(request: SignedInRequest, pk: int) -> HttpResponse:
    """The browser is about to print the sheet."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    note_printing(customer=customer, by=request.user, form="paper")
    return HttpResponse(status=204)


@require_POST
@needs(Power.SEE_CUSTOMERS)
def share(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    token = share_handover(customer=customer, by=request.user)
    link = request.build_absolute_uri(reverse("customers:shared", args=[token]))
    context = _said(file_of(customer)) | {"link": link, "days": LENT_FOR.days}
    return render(request, "customers/handover.html", context)


def _powers(user: User) -> dict[str, bool]:
    return {
        "may_edit": user.may(Power.EDIT_CUSTOMERS),
        "may_export": user.may(Power.EXPORT),
        "may_erase": user.may(Power.ERASE),
    }


def _at(pk: int, place: str) -> str:
    return f"{reverse('customers:file', args=[pk])}#{place}"
