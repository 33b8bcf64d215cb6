from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.readers import preview
from entregent.adapters.readers.batches import Reading, Reason, UnreadableFile
from entregent.adapters.readers.sentences import sentence
from entregent.adapters.readers.shapes import shape_called
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.evidence.models import Import, Source
from entregent.web.shared.exports import export
from entregent.web.sources import actions, queries, tasks
from entregent.web.sources.forms import ChoicesForm, FileForm, MappingForm, RenameForm
from entregent.web.sources.gates import imports_for, sources_for
from entregent.web.sources.reading import mapping_of, reading_of
from entregent.web.sources.rejected import corrected_file_name, rejected_lines
from entregent.web.sources.roles import named, options

SHOWN_COLUMNS = 150


@require_http_methods(["GET", "POST"])
@needs(Power.IMPORT)
def imports(request: SignedInRequest) -> HttpResponse:
    """The imports made, and the place to drop the next file."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        of_import = actions.receive_file(file=given, name=given.name, by=request.user)
        return redirect("sources:import", of_import.pk)
    source, state = request.GET.get("source", ""), request.GET.get("state", "")
    listed = queries.listed_imports(request.user, source=source, state=state)
    return render(
        request,
        "sources/imports.html",
        {
            "form": form,
            "page": Paginator(listed, 50).get_page(request.GET.get("page")),
            "drafts": queries.drafts(request.user)[:10],
            "sources": sources_for(request.user),
            "states": [
                choice for choice in Import.State.choices if choice[0] != Import.State.DRAFT
            ],
            "filtered": bool(source or state),
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def one_import(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One import: before, its preview and mapping; while it runs, its progress; after, its account."""
    of_import = get_object_or_404(imports_for(request.user), pk=pk)
    if of_import.state == Import.State.DRAFT:
        return _settle(request, of_import)
    return render(request, "sources/import.html", _account(request, of_import))


@needs(Power.IMPORT)
def _settle(request: SignedInRequest, of_import: Import) -> HttpResponse:
    try:
        reading = reading_of(of_import)
        opened = preview(reading, rows=20)
    except UnreadableFile as problem:
        return render(
            request, "sources/unreadable.html",
            {"import": of_import, "why": _say(problem.reason), "choices_form": ChoicesForm(initial=of_import.choices)},
            status=422 if request.method == "POST" else 200,
        )  # fmt: skip
    known = _known_source(reading)
    guessed = reading.mapping
    if known is not None:
        guessed = type(guessed).model_validate(known.mapping)
    shape = shape_called(reading.shape) if reading.shape else None
    columns = reading.columns[:SHOWN_COLUMNS]
    form = MappingForm(
        request.POST if "source" in request.POST else None, guessed=guessed, columns=columns,
        initial={"source": known.name if known else shape.name if shape else ""},
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        settled = actions.settle_import(
            of_import=of_import, source_name=form.cleaned_data["source"], mapping=form.mapping(),
            choices=of_import.choices, shape=reading.shape or "", by=request.user,
        )  # fmt: skip
        tasks.run.enqueue(settled.pk)
        return redirect("sources:import", settled.pk)
    table = [
        {
            "place": place, "name": column, "label": reading.labels.get(column, ""),
            "role": chosen[0] if chosen else "", "also": chosen[1] if len(chosen) > 1 else "",
            "options": list(options(column, chosen[0] if chosen else "")),
            "also_options": list(options(column, chosen[1] if len(chosen) > 1 else "")),
            "examples": list(dict.fromkeys(row[place][:120] for row in opened.rows if row[place].strip()))[:3],
        }
        for place, column in enumerate(columns)
        for chosen in [_chosen(request, place) if form.is_bound else guessed.columns.get(column, [])]
    ]  # fmt: skip
    return render(
        request, "sources/draft.html",
        {
            "import": of_import, "reading": reading, "form": form, "columns": table, "opened": opened,
            "shown_columns": columns[:30], "rows": [(number, row[:30]) for number, row in zip(opened.numbers, opened.rows, strict=True)],
            "notices": [_say(notice) for notice in reading.notices], "known": known, "export": shape.name if shape else "",
            "hidden_columns": len(reading.columns) - len(columns), "sources": sources_for(request.user),
            "choices_form": ChoicesForm(initial=of_import.choices), "constants": guessed.constants,
            "mapped": sum(bool(column["role"]) for column in table),
        },
        status=422 if form.is_bound else 200,
    )  # fmt: skip


def _chosen(request: SignedInRequest, place: int) -> list[str]:
    return [role for name in ("role", "also") if (role := request.POST.get(f"{name}-{place}", ""))]


def _known_source(reading: Reading) -> Source | None:
    """The last source whose mapping speaks of just these columns."""
    for known in Source.objects.filter(shape=reading.shape or "").order_by("-pk")[:50]:
        mapped = set(known.mapping.get("columns", {}))
        if mapped and mapped <= set(reading.columns):
            return known
    return None


def _say(what: Any) -> str:
    return sentence(what, "en" if (get_language() or "fr").startswith("en") else "fr")


@require_POST
@needs(Power.IMPORT)
def read_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read the draft's file another way: encoding, separator, sheet."""
    of_import = get_object_or_404(imports_for(request.user), pk=pk, state=Import.State.DRAFT)
    form = ChoicesForm(request.POST)
    if form.is_valid():
        actions.choose_reading(of_import=of_import, choices=form.choices(), by=request.user)
    return redirect("sources:import", pk)


@never_cache
@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    of_import = get_object_or_404(imports_for(request.user), pk=pk)
    answer = render(request, "sources/_progress.html", _account(request, of_import))
    if of_import.state not in {Import.State.WAITING, Import.State.RUNNING, Import.State.UNDOING}:
        answer["HX-Refresh"] = "true"
    return answer


def _account(request: SignedInRequest, of_import: Import) -> dict[str, Any]:
    code = request.GET.get("code", "")
    expected = of_import.rows_expected
    abandoned = of_import.state == Import.State.RUNNING and actions.is_abandoned(of_import)
    page = Paginator(queries.rejects(of_import, code), 50).get_page(request.GET.get("page"))
    return {
        "import": of_import,
        "abandoned": abandoned,
        "share": min(99, 100 * of_import.rows_read // expected) if expected else None,
        "page": page,
        "rejects": [
            {
                "number": row.number,
                "original": row.original[:500],
                "why": _say(Reason(row.code, row.facts)),
            }
            for row in page
        ],
        "groups": [
            {"code": group.code, "rows": group.rows, "why": _say(Reason(group.code, {}))}
            for group in queries.reject_groups(of_import)
        ],
        "code": code,
        "conflicts": queries.conflicts(of_import)[:20],
        "failure": _say(Reason(of_import.failure["code"], of_import.failure["facts"]))
        if of_import.failure
        else "",
        "mapping": [
            (column, [named(role) for role in roles])
            for column, roles in mapping_of(of_import).columns.items()
        ],
        "may_undo": request.user.may(Power.UNDO_IMPORT)
        or (of_import.by == request.user and request.user.may(Power.IMPORT)),
    }


@require_POST
@needs(Power.IMPORT)
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    of_import = get_object_or_404(imports_for(request.user), pk=pk)
    tasks.run.enqueue(of_import.pk)
    messages.info(request, _("L’import reprend là où il s’était arrêté."))
    return redirect("sources:import", pk)


@require_http_methods(["GET", "POST"])
def undo(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Take an import back, after saying what will be lost."""
    of_import = get_object_or_404(imports_for(request.user), pk=pk)
    context = _account(request, of_import)
    if not context["may_undo"]:
        return needs(Power.UNDO_IMPORT)(undo)(request, pk)
    later = actions.later_imports_on_its_rows(of_import)
    if request.method == "POST" and not later:
        try:
            actions.ask_undo(of_import=of_import)
        except actions.NotNow:
            messages.error(
                request, _("Cet import ne peut pas être annulé en ce moment. Rien n’a été modifié.")
            )
        else:
            tasks.undo.enqueue(of_import.pk, request.user.pk)
        return redirect("sources:import", pk)
    return render(
        request,
        "sources/undo.html",
        {**context, "later": later},
        status=409 if request.method == "POST" else 200,
    )


@require_POST
@needs(Power.IMPORT)
def forget(request: SignedInRequest, pk: int) -> HttpResponse:
    of_import = get_object_or_404(imports_for(request.user), pk=pk, state=Import.State.DRAFT)
    actions.forget_draft(of_import=of_import, by=request.user)
    messages.info(
        request,
        _("Le fichier %(name)s a été oublié ; rien n’en avait été importé.")
        % {"name": of_import.file_name},
    )
    return redirect("sources:imports")


@require_GET
def rejected_file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The rejected rows as a file like the one they came from, to be corrected and imported again."""
    of_import = get_object_or_404(imports_for(request.user), pk=pk)
    record(
        Verb.EXPORTED,
        of_import,
        by=request.user,
        about=of_import.file_name,
        rows=of_import.rejected,
    )
    name, kind, lines = rejected_lines(of_import)
    return StreamingHttpResponse(
        lines, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_GET
def rejected_reasons(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Why each row was rejected, as a table."""
    of_import = get_object_or_404(imports_for(request.user), pk=pk)
    record(
        Verb.EXPORTED,
        of_import,
        by=request.user,
        about=of_import.file_name,
        rows=of_import.rejected,
    )
    rows = (
        (number, _say(Reason(code, facts)), original)
        for number, original, code, facts in queries.reject_lines(of_import)
    )
    name = corrected_file_name(of_import, "motifs", "csv").removesuffix(".csv")
    return export("csv", name, [_("ligne"), _("motif"), _("texte d’origine")], rows)


@require_GET
@needs(Power.IMPORT)
def sources(request: SignedInRequest) -> HttpResponse:
    return render(
        request, "sources/sources.html", {"sources": queries.listed_sources(request.user)}
    )


@require_http_methods(["GET", "POST"])
@needs(Power.IMPORT)
def source(request: SignedInRequest, pk: int) -> HttpResponse:
    known = get_object_or_404(sources_for(request.user), pk=pk)
    form = RenameForm(
        request.POST or None, instance=get_object_or_404(sources_for(request.user), pk=pk)
    )
    if request.method == "POST" and form.is_valid():
        actions.rename_source(source=known, name=form.cleaned_data["name"], by=request.user)
        messages.success(
            request,
            _("La source s’appelle maintenant %(name)s.") % {"name": form.cleaned_data["name"]},
        )
        return redirect("sources:source", pk)
    mapped = [
        (column, [named(role) for role in roles])
        for column, roles in known.mapping.get("columns", {}).items()
    ]
    return render(
        request, "sources/source.html",
        {"source": known, "form": form, "mapping": mapped, "imports": imports_for(request.user).filter(source=known)[:50]},
    )  # fmt: skip
