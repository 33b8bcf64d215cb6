"""Pages by which the firm keeps its own catalogue of relationships."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.catalogue.problems import CatalogueProblem, CatalogueRefused
from entregent.adapters.catalogue.shelf import shipped
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.relationships import catalogue_actions, queries
from entregent.web.relationships.actions import UnknownKind
from entregent.web.relationships.catalogue import (
    EDITS,
    kind_name,
    kind_of,
    language,
    outcome_of,
    relationships,
)
from entregent.web.relationships.catalogue_actions import NoSuchVersion, NothingChanged, Overtaken
from entregent.web.relationships.catalogue_forms import CatalogueFileForm, KindForm
from entregent.web.relationships.measures.editing import differences
from entregent.web.relationships.models import CatalogueVersion

PER_PAGE = 50
MOST_SHOWN = 300


def _again(form: KindForm) -> None:
    form.add_error(
        None,
        _("Quelqu’un a changé le catalogue pendant que vous écriviez : relisez-le, puis reprenez."),
    )


def _taken(request: SignedInRequest, version: CatalogueVersion) -> None:
    messages.success(
        request,
        _("C’est en vigueur : version %(n)s. Les relations de tous les clients sont réestimées.")
        % {"n": version.number},
    )


@require_http_methods(["GET", "POST"])
@needs(Power.KEEP_CATALOGUE)
def edit(request: SignedInRequest, kind: str) -> HttpResponse:
    """What should the catalogue say of this kind?"""
    its = kind_of(kind)
    if its is None:
        raise Http404
    form = KindForm(request.POST or None, kind=its, seen=queries.version_number())
    if request.method == "POST" and form.is_valid():
        try:
            version = catalogue_actions.edit_kind(
                kind=kind, content=form.content(), seen=form.cleaned_data["seen"], by=request.user
            )
        except CatalogueRefused as refused:
            form.tell(refused.problems)
        except Overtaken:
            _again(form)
        except NothingChanged:
            messages.info(request, _("Rien n’a changé : le catalogue le disait déjà."))
            return redirect("relationships:kind", kind)
        else:
            _taken(request, version)
            return redirect("relationships:kind", kind)
    status = 422 if form.errors else 200
    context = {"form": form, "kind": its}
    return render(request, "relationships/catalogue_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Power.KEEP_CATALOGUE)
def add(request: SignedInRequest) -> HttpResponse:
    """Which kind of relationship is missing?"""
    form = KindForm(request.POST or None, seen=queries.version_number())
    if request.method == "POST" and form.is_valid():
        try:
            version = catalogue_actions.add_kind(
                content=form.content(), seen=form.cleaned_data["seen"], by=request.user
            )
        except CatalogueRefused as refused:
            form.tell(refused.problems)
        except Overtaken:
            _again(form)
        else:
            _taken(request, version)
            return redirect("relationships:kind", version.kind)
    status = 422 if form.errors else 200
    return render(request, "relationships/catalogue_form.html", {"form": form}, status=status)


@require_POST
@needs(Power.KEEP_CATALOGUE)
def switch(request: SignedInRequest, kind: str) -> HttpResponse:
    """Switch a kind off or on."""
    off = request.POST.get("to") == "off"
    try:
        version = catalogue_actions.switch_kind(
            kind=kind, off=off, seen=queries.version_number(), by=request.user
        )
    except UnknownKind:
        raise Http404 from None
    except CatalogueRefused as refused:
        messages.error(request, _("Rien n’a changé : %(why)s") % {"why": _said(refused.problems)})
    except (NothingChanged, Overtaken):
        messages.info(request, _("Rien n’a changé : c’était déjà fait."))
    else:
        _taken(request, version)
    return redirect("relationships:kind", kind)


def _said(problems: Any) -> str:
    return " ".join(_plainly(problem) for problem in problems)


def _plainly(problem: CatalogueProblem) -> str:
    return problem.wanted[0 if language() == "fr" else 1] or problem.said(language())


@require_GET
@needs(Power.SEE_FIGURES)
def versions(request: SignedInRequest) -> HttpResponse:
    """Who changed the catalogue, and when?"""
    page = Paginator(queries.catalogue_versions(), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"version": one, "kind": kind_name(one.kind) if one.kind else ""} for one in page]
    last = queries.catalogue_versions().first()
    context = {
        "page": page, "rows": rows, "last": last,
        "from_package": differences(shipped().relationships, relationships()),
        "unreadable": _unreadable(last),
        "may_keep": request.user.may(Power.KEEP_CATALOGUE),
    }  # fmt: skip
    return render(request, "relationships/versions.html", context)


def _unreadable(last: CatalogueVersion | None) -> list[str]:
    """Why the firm's edits no longer fit the package's catalogue, if they do not."""
    if last is None:
        return []
    return [problem.said(language()) for problem in outcome_of(last.edits).problems]


@require_GET
@needs(Power.SEE_FIGURES)
def version(request: SignedInRequest, number: int) -> HttpResponse:
    """What did this version change?"""
    one, before = queries.version_and_before(number)
    if number and one is None:
        raise Http404
    this = outcome_of(one.edits if one else "").in_force
    earlier = outcome_of(before.edits if before else "").in_force
    in_force = relationships()
    context = {
        "number": number, "version": one, "in_force": this.fingerprint == in_force.fingerprint,
        "kind": kind_name(one.kind) if one and one.kind else "",
        "changed": differences(earlier, this)[:MOST_SHOWN] if one else [],
        "would_change": differences(in_force, this)[:MOST_SHOWN],
        "may_keep": request.user.may(Power.KEEP_CATALOGUE),
    }  # fmt: skip
    return render(request, "relationships/version.html", context)


@require_POST
@needs(Power.KEEP_CATALOGUE)
def take_again(request: SignedInRequest, number: int) -> HttpResponse:
    """Return to an earlier version."""
    try:
        new = catalogue_actions.return_to(number=number, by=request.user)
    except NoSuchVersion:
        raise Http404 from None
    except CatalogueRefused as refused:
        messages.error(request, _("Rien n’a changé : %(why)s") % {"why": _said(refused.problems)})
    except NothingChanged:
        messages.info(request, _("Rien n’a changé : le catalogue le disait déjà."))
    else:
        _taken(request, new)
    return redirect("relationships:versions")


@require_http_methods(["GET", "POST"])
@needs(Power.KEEP_CATALOGUE)
def take_file(request: SignedInRequest) -> HttpResponse:
    """Take the firm's catalogue from a file."""
    form, problems = CatalogueFileForm(request.POST or None, request.FILES or None), []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            text = file.read().decode()
            new = catalogue_actions.take_file(text=text, name=file.name or EDITS, by=request.user)
        except UnicodeDecodeError:
            problems = [_("Ce fichier n’est pas du texte en UTF-8.")]
        except CatalogueRefused as refused:
            problems = refused.said(language())
        except NothingChanged:
            problems = [_("Ce fichier ne change rien : le catalogue en vigueur le dit déjà.")]
        else:
            _taken(request, new)
            return redirect("relationships:version", new.number)
    status = 422 if problems or form.errors else 200
    context = {"form": form, "problems": problems}
    return render(request, "relationships/catalogue_file.html", context, status=status)


@require_GET
@needs(Power.EXPORT)
def give_file(request: SignedInRequest) -> HttpResponse:
    """What the firm says over the package's catalogue, as a file."""
    last = queries.catalogue_versions().first()
    record(
        Verb.EXPORTED, "catalogue", by=request.user, about=EDITS, number=last.number if last else 0
    )
    head = _("# Ce que l’entreprise change au catalogue des relations d’Entregent.")
    text = f"{head}\n{last.edits if last and last.edits else '# –'}\n"
    return HttpResponse(
        text, content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{EDITS}"'},
    )  # fmt: skip
