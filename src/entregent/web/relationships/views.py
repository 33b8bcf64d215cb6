"""Pages of relationships. Queries decide what is seen, actions what is written."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.catalogue.shelf import shipped
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.customers.queries.customers import customers_for
from entregent.web.evidence.models import Customer
from entregent.web.relationships import queries
from entregent.web.relationships.actions import (
    NothingInferred,
    NotOverruled,
    UnknownKind,
    overrule_kind,
    standing_model,
    undo_overruling,
)
from entregent.web.relationships.catalogue import (
    family_name,
    family_of,
    kind_name,
    kind_of,
    relationships,
)
from entregent.web.relationships.forms import GapsForm, OverrulingForm
from entregent.web.relationships.measures.editing import (
    claims_counted,
    differences,
    edited_kinds,
)
from entregent.web.relationships.measures.gaps import gaps_at_large
from entregent.web.relationships.measures.maps import map_of
from entregent.web.relationships.measures.portrait import portrait_of_kind
from entregent.web.relationships.measures.quotes import quotes
from entregent.web.relationships.measures.weighing import ties, weighed, worth_asking
from entregent.web.relationships.models import Profile
from entregent.web.relationships.words import direction_words, facings, gap_words, reason
from entregent.web.shared.exports import FORMS, export

PER_PAGE = 50
TOLD = 6
ASKED = 2


@require_GET
@needs(Power.SEE_FIGURES)
def gaps(request: SignedInRequest) -> HttpResponse:
    """Who is treated otherwise than they wish?"""
    reckoning = queries.latest_reckoning()
    if reckoning is None or not reckoning.customers:
        return render(request, "relationships/gaps_empty.html")
    form = GapsForm(request.GET, queries.channels_of(request.user))
    asked = form.asked()
    found = queries.gaps_for(request.user, asked)
    pages = Paginator(found, PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    large = gaps_at_large(
        queries.gap_sums(request.user, asked), pages.count, queries.commonest_gap(found)
    )
    return render(
        request,
        "relationships/gaps.html",
        {
            "form": form, "asked": asked, "page": page, "listed": pages.count, "large": large,
            "reckoning": reckoning, "sort": asked.sort,
            "rows": [{"profile": row, "reason": reason(row), "gap": gap_words(row)} for row in page],
            "may_export": request.user.may(Power.EXPORT),
        },
    )  # fmt: skip


@require_GET
@needs(Power.SEE_CUSTOMERS)
@needs(Power.EXPORT)
def export_gaps(request: SignedInRequest, form: str) -> HttpResponseBase:
    if form not in FORMS:
        raise Http404
    asked = GapsForm(request.GET, queries.channels_of(request.user)).asked()
    record(
        Verb.EXPORTED, "relationships", by=request.user, about=_("écarts de relation"), form=form,
        asked=request.GET.dict(),
    )  # fmt: skip
    headings = [
        _("Numéro"), _("Nom"), _("Souhaite"), _("Reçoit"), _("Traité"), _("Écart (crans)"),
        _("Erreur type"), _("Probabilité"), _("Pourquoi"), _("Classe de valeur"),
        _("Chiffre d’affaires"), _("Dernier canal"), _("Dit par un collègue"),
    ]  # fmt: skip
    return export(
        form, _("ecarts-de-relation"), headings, _exported(queries.gaps_for(request.user, asked))
    )


def _exported(rows: QuerySet[Profile]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=2000):
        summary = getattr(row.customer, "summary", None)
        yield [
            row.customer_id, row.customer.name, family_name(row.shown_family),
            family_name(row.treated_as), direction_words(row.direction), row.closeness,
            row.closeness_error, row.off, reason(row), summary and summary.value_class,
            summary and summary.revenue, summary and summary.last_channel, kind_name(row.said_kind),
        ]  # fmt: skip


@require_GET
@needs(Power.SEE_FIGURES)
def relationship_map(request: SignedInRequest) -> HttpResponse:
    """Which relationships do we have, and what are they worth?"""
    reckoning = queries.latest_reckoning()
    if reckoning is None or not reckoning.customers:
        return render(request, "relationships/map_empty.html")
    drawn = map_of(
        reckoning,
        figure=request.GET.get("figure", ""),
        level="kinds" if request.GET.get("level") == "kinds" else "families",
    )
    return render(request, "relationships/map.html", {"map": drawn, "reckoning": reckoning})


@require_GET
@needs(Power.SEE_FIGURES)
def kinds(request: SignedInRequest) -> HttpResponse:
    """Every kind of relationship, by family."""
    catalogue = relationships()
    reckoning = queries.latest_reckoning()
    sizes = (
        {row["id"]: row["customers"] for row in reckoning.figures.get("kinds", [])}
        if reckoning
        else {}
    )
    edited = edited_kinds(catalogue, shipped().relationships)
    families = [
        (key, family, [(k, sizes.get(k.id), edited.get(k.id, "")) for k in catalogue.in_use if k.family == key])
        for key, family in catalogue.families.items()
    ]  # fmt: skip
    context = {
        "families": families, "catalogue": catalogue, "claims": claims_counted(catalogue),
        "switched_off": [kind for kind in catalogue.kinds if kind.switched_off],
        "version": queries.catalogue_versions().first(),
        "may_keep": request.user.may(Power.KEEP_CATALOGUE),
        "may_export": request.user.may(Power.EXPORT),
    }  # fmt: skip
    return render(request, "relationships/kinds.html", context)


@require_GET
@needs(Power.SEE_FIGURES)
def kind(request: SignedInRequest, kind: str) -> HttpResponse:
    """What customers of a kind want, what breaks it, how to speak to them."""
    its = kind_of(kind)
    if its is None:
        raise Http404
    reckoning = queries.latest_reckoning()
    page = Paginator(queries.customers_of_kind(request.user, kind), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "kind": its, "family": family_of(its.family), "catalogue": relationships(), "page": page,
        "portrait": portrait_of_kind(its, reckoning.figures if reckoning else {}),
        "from_package": differences(shipped().relationships, relationships(), kind),
        "may_keep": request.user.may(Power.KEEP_CATALOGUE),
    }  # fmt: skip
    return render(request, "relationships/kind.html", context)


@require_GET
@needs(Power.SEE_FIGURES)
def family(request: SignedInRequest, family: str) -> HttpResponse:
    """A family of relationships: its kinds and its customers."""
    its = family_of(family)
    if its is None:
        raise Http404
    page = Paginator(queries.customers_of_family(request.user, family), PER_PAGE).get_page(
        request.GET.get("page")
    )
    members = [kind for kind in relationships().in_use if kind.family == family]
    return render(
        request,
        "relationships/family.html",
        {"key": family, "family": its, "kinds": members, "page": page},
    )


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def panel(request: SignedInRequest, pk: int) -> HttpResponse:
    """The part of a relationship file that tells the kind of relationship."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    return render(request, "relationships/_panel.html", _panel(request, customer))


def _panel(request: SignedInRequest, customer: Customer) -> dict[str, Any]:
    profile = queries.profile_of(request.user, customer)
    said = queries.overrulings_of(customer)
    in_force = next((one for one in said if one.undone_at is None), None)
    return {
        "customer": customer, "profile": profile, "overruling": in_force, "overrulings": said,
        "may_edit": request.user.may(Power.EDIT_CUSTOMERS),
        "gap": gap_words(profile) if profile else "",
        "reason": reason(profile) if profile and profile.direction else "",
    }  # fmt: skip


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def why(request: SignedInRequest, pk: int) -> HttpResponse:
    """Why this kind: what speaks for it and against, in the customer's words, and what to ask."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    return render(request, "relationships/_why.html", _why(request, customer))


def _why(
    request: SignedInRequest, customer: Customer, form: OverrulingForm | None = None
) -> dict[str, Any]:
    context = _panel(request, customer)
    profile: Profile | None = context["profile"]
    if profile is None:
        return context
    model = standing_model(profile.reckoning)
    pieces = weighed(profile, model, profile.shown_family or profile.family)
    speak_for = [piece for piece in pieces if piece.weight > 0][:TOLD]
    against = [piece for piece in pieces if piece.weight < 0][:TOLD]
    told = (*speak_for, *against)
    behind = queries.traces(
        customer, [piece.feature for piece in told], queries.read_as(model)
    ) | quotes(customer, told)
    likeliest = sorted(
        zip(model.kinds.space.families, profile.families, strict=True), key=lambda pair: -pair[1]
    )[:3]
    guided_by = kind_of(profile.shown_kind or profile.kind)
    return context | {
        "speak_for": [(piece, behind[piece.feature]) for piece in speak_for],
        "against": [(piece, behind[piece.feature]) for piece in against],
        "likeliest": likeliest,
        "to_ask": [name for name, bits in worth_asking(profile, model)[:ASKED] if bits > 0.05],
        "guided_by": guided_by,
        "facings": facings(profile),
        "ties": ties(queries.ties_of(customer, today=timezone.localdate())),
        "form": form or OverrulingForm(initial={"kind": profile.said_kind}),
    }


@require_http_methods(["GET", "POST"])
@never_cache
@needs(Power.EDIT_CUSTOMERS)
def overrule(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say which kind it is; the page then shows what a colleague said."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    form = OverrulingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            overrule_kind(customer=customer, by=request.user, **form.cleaned_data)
        except (NothingInferred, UnknownKind):
            raise Http404 from None
        messages.success(
            request,
            _("C’est noté. Les prochaines estimations ne changeront pas ce que vous avez dit."),
        )
        return redirect(f"{reverse('customers:file', args=[pk])}#relationship")
    status = 422 if request.method == "POST" else 200
    return render(
        request, "relationships/overrule.html", _why(request, customer, form), status=status
    )


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back what a colleague said of the kind."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    try:
        undo_overruling(customer=customer, by=request.user)
    except (NotOverruled, NothingInferred):
        messages.warning(request, _("Rien à annuler : l’estimation est déjà en vigueur."))
    else:
        messages.success(request, _("Annulé. L’estimation a de nouveau la parole."))
    return redirect(f"{reverse('customers:file', args=[pk])}#relationship")
