"""Pages where a change is declared, weighed and decided, and the guide on a customer's file."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entregent.adapters.catalogue.declared_changes import ReadyChange
from entregent.engine.change.declared import EvocationRefused, Mode
from entregent.engine.change.staging import STAGES
from entregent.engine.estimates import Estimate
from entregent.web.accounts.gates import SignedInRequest, needs
from entregent.web.accounts.roles import Power
from entregent.web.audit.actions import record
from entregent.web.audit.models import Verb
from entregent.web.customers.queries.customers import customers_for
from entregent.web.decisions import actions
from entregent.web.decisions.catalogue import (
    all_said,
    family_name,
    ready_change,
    ready_changes,
    said,
    shelf,
)
from entregent.web.decisions.forms import (
    LOOK_AGAIN_AFTER,
    AttachForm,
    ChangeForm,
    DecisionForm,
    ItemForm,
    LookForm,
    PickerForm,
    TakeForm,
    UseForm,
    WeighingForm,
    places,
    talk_kinds,
)
from entregent.web.decisions.guide import guide_with, piece_texts, stage_name, stage_reason
from entregent.web.decisions.measures import followed, mode_that_fits, side, standing
from entregent.web.decisions.models import (
    Change,
    Decision,
    GuideUse,
    Heard,
    Item,
    Quote,
    Weighing,
)
from entregent.web.decisions.picture import scales_of
from entregent.web.decisions.queries import (
    RULERS,
    changes_for,
    changes_listed,
    decisions_for,
    due_decisions,
    heard_from,
    items_of,
    proposals_for,
    removed_items_of,
    ruled_by,
    said_by,
    said_under,
    sentences,
    uses_of,
    uses_with,
    weighings_of,
    weights_of,
)
from entregent.web.decisions.side_by_side import Group, groups_on
from entregent.web.evidence.models import Answer, Customer
from entregent.web.shared.asked_words import understand
from entregent.web.shared.exports import FORMS, export
from entregent.web.verbatims.queries import VerbatimsAsked, find_verbatims, verbatim_for

PICKED_AT_ONCE = 12


@require_GET
@needs(Power.SEE_FIGURES)
def changes(request: SignedInRequest) -> HttpResponse:
    listed = list(changes_listed(request.user))
    context = {
        "changes": [one for one in listed if one.withdrawn_at is None],
        "withdrawn": [one for one in listed if one.withdrawn_at is not None],
        "due": list(due_decisions(request.user, timezone.localdate())),
        "ready": _ready(),
        "may_decide": request.user.may(Power.DECIDE),
    }
    return render(request, "decisions/list.html", context)


def _ready() -> list[dict[str, Any]]:
    return [
        {"id": one.id, "name": said(one.name), "for_whom": said(one.for_whom), "modes": one.modes}
        for one in ready_changes()
    ]


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def declare(request: SignedInRequest) -> HttpResponse:
    example = ready_change(request.POST.get("example") or request.GET.get("exemple", ""))
    form = ChangeForm(request.POST or None, initial=_from(example))
    if request.method == "POST" and form.is_valid():
        try:
            change = actions.declare_change(
                by=request.user, ready=example.id if example else "", **form.cleaned_data
            )
        except EvocationRefused:
            raise Http404 from None
        messages.success(
            request,
            _(
                "Changement déclaré. Remplissez maintenant les quatre cases avec les mots de vos clients."
            ),
        )
        return redirect("decisions:balance", change.pk)
    return _change_page(request, form, example, status=422 if form.is_bound else 200)


def _from(example: ReadyChange | None) -> dict[str, Any]:
    today = {"since": timezone.localdate(), "mode": Mode.NEUTRAL.value}
    if example is None:
        return today
    return today | {
        "name": said(example.name),
        "target": said(example.target),
        "for_whom": said(example.for_whom),
        "beneficiary": example.beneficiary,
        "cycle_days": round(example.usual_cycle_days),
        "steps": "\n".join(all_said(example.steps)),
    }


def _change_page(
    request: SignedInRequest, form: ChangeForm, example: ReadyChange | None,
    change: Change | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    modes = shelf().change.modes
    context = {
        "form": form,
        "ready": _ready(),
        "example": example,
        "ethics": said(example.ethics) if example else "",
        "change": change,
        "modes": [said(modes.neutral.fits), said(modes.evocation.fits)],
        "why_two": said(modes.why_two),
    }
    return render(request, "decisions/declare.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    if change.weighings.exists():
        messages.error(
            request,
            _(
                "Rien n’a été modifié : ce changement a déjà été pesé tel qu’il est déclaré. Pour en peser un autre, déclarez-le."
            ),
        )
        return redirect("decisions:balance", pk)
    form = ChangeForm(request.POST or None, instance=change)
    if request.method == "POST" and form.is_valid():
        actions.correct_change(change=change, by=request.user, **form.cleaned_data)
        messages.success(request, _("Déclaration corrigée."))
        return redirect("decisions:balance", pk)
    example = ready_change(change.ready)
    return _change_page(request, form, example, change, status=422 if form.is_bound else 200)


@require_POST
@needs(Power.DECIDE)
def mode(request: SignedInRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    try:
        if request.POST.get("mode") not in Change.Kept.values:
            raise Http404
        actions.change_mode(change=change, mode=request.POST["mode"], by=request.user)
    except EvocationRefused:
        messages.error(
            request,
            _(
                "L’évocation est refusée : vous déclarez que ce changement ne profite qu’à l’entreprise. Rien n’a été modifié."
            ),
        )
    else:
        messages.success(request, _("Le mode a changé. Le guide des conseillers suit."))
    return redirect("decisions:balance", pk)


@require_POST
@needs(Power.DECIDE)
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.withdraw_change(change=_change(request, pk), by=request.user)
    messages.success(
        request,
        _(
            "Changement retiré. Tout ce qu’il contient est gardé ; il peut être repris depuis cette page."
        ),
    )
    return redirect("decisions:list")


@require_POST
@needs(Power.DECIDE)
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.restore_change(change=_change(request, pk), by=request.user)
    messages.success(request, _("Changement repris."))
    return redirect("decisions:balance", pk)


@require_GET
@needs(Power.SEE_FIGURES)
def balance(request: SignedInRequest, pk: int) -> HttpResponse:
    return _balance_page(request, _change(request, pk))


def _balance_page(
    request: SignedInRequest, change: Change, *, form: ItemForm | None = None, status: int = 200
) -> HttpResponse:
    weighings = weighings_of(change)
    asked = request.GET.get("pesee", "")
    version = next((one for one in weighings if str(one.pk) == asked), None)
    example = ready_change(change.ready)
    uses = followed(uses_of(change))
    items = items_of(change)
    texts = piece_texts() if uses else {}
    context = _weighed(request, change, version) | {
        "weighings": weighings,
        "version": version,
        "decisions": list(decisions_for(request.user).filter(change=change)),
        "removed": removed_items_of(change),
        "hints": {cell.value: all_said(getattr(example.cells, cell.value)) for cell in Item.In} if example else {},
        "factors": [(_("Du dedans"), all_said(example.internal)), (_("Du dehors"), all_said(example.external))] if example else [],
        "ethics": said(example.ethics) if example else "",
        "form": form or ItemForm(),
        "followed": [(one, texts.get(one.piece, one.piece)) for one in uses],
        "may_decide": request.user.may(Power.DECIDE) and change.withdrawn_at is None,
        "proposals": None if version else proposals_for(request.user, change),
        "talk_names": dict(talk_kinds()),
        "places": {cell.value: places(cell, items) for cell in Item.In},
    }  # fmt: skip
    return render(request, "decisions/balance.html", context, status=status)


def _weighed(request: SignedInRequest, change: Change, version: Weighing | None) -> dict[str, Any]:
    at = version.at if version else None
    items = items_of(change, at=at)
    found = said_under(request.user, items, at=at)
    weights = weights_of(change, until=version)
    customers = side(Item.Holder.CUSTOMER, items, found, weights)
    firm = side(Item.Holder.FIRM, items, found, weights)
    modes = shelf().change.modes
    return {
        "change": change,
        "customers": customers,
        "firm": firm,
        "sides": [(customers, scales_of(customers)), (firm, scales_of(firm))],
        "fitting": mode_that_fits(change, customers),
        "why_two": said(modes.why_two),
    }


@require_GET
@needs(Power.SEE_FIGURES)
def sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """One A4 page for a decision meeting."""
    change = _change(request, pk)
    decision = decisions_for(request.user).filter(change=change).first()
    context = _weighed(request, change, None) | {
        "decision": decision,
        "today": timezone.localdate(),
    }
    return render(request, "decisions/sheet.html", context)


@require_GET
@needs(Power.SEE_FIGURES)
def side_by_side(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who was heard, and which way, by family of relationship and by value class."""
    change = _change(request, pk)
    groups = groups_on(change)
    context = {
        "change": change,
        "tables": [(title, [(_group_name(by, one.name), one) for one in groups[by]]) for by, title in _groupings()],
        "rulers": [name for ruler, name in _ruler_names().items() if getattr(change, ruler)],
        "heard": sum(one.heard for one in groups["family"]),
        "may_export": request.user.may(Power.EXPORT),
    }  # fmt: skip
    return render(request, "decisions/side_by_side.html", context)


@require_GET
@needs(Power.SEE_FIGURES)
@needs(Power.EXPORT)
def export_groups(request: SignedInRequest, pk: int, form: str) -> HttpResponseBase:
    if form not in FORMS:
        raise Http404
    change = _change(request, pk)
    record(Verb.EXPORTED, change, by=request.user, form=form)
    headings = [_("Par"), _("Groupe"), _("Clients entendus")]
    for name in (_("Pour le changement"), _("Pour ne rien changer"), *_ruler_names().values()):
        headings += [name, _("au moins"), _("au plus")]
    groups = groups_on(change)
    rows = (
        [title, _group_name(by, one.name), one.heard, *_bounds(one)]
        for by, title in _groupings()
        for one in groups[by]
    )
    return export(form, _("cote-a-cote"), headings, rows)


def _bounds(group: Group) -> list[float | None]:
    """Each figure with its bounds; empty where it abstains."""
    cells: list[float | None] = []
    for figure in (group.change, group.sustain, *(group.rulers.get(one) for one in RULERS)):
        if isinstance(figure, Estimate):
            cells += [figure.value, figure.low, figure.high]
        else:
            cells += [None, None, None]
    return cells


def _groupings() -> list[tuple[str, str]]:
    return [("family", _("Famille de relation")), ("value_class", _("Classe de valeur"))]


def _group_name(by: str, name: str) -> str:
    if not name:
        return _("on ne sait pas")
    return family_name(name) if by == "family" else name


@require_POST
@needs(Power.DECIDE)
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    form = ItemForm(request.POST)
    if not form.is_valid():
        return _balance_page(request, change, form=form, status=422)
    item = actions.add_item(change=change, by=request.user, **form.cleaned_data)
    messages.success(request, _("Ajouté : « %(text)s ».") % {"text": item.text})
    return redirect(_at(pk, item))


@require_POST
@needs(Power.DECIDE)
def remove(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    one = get_object_or_404(Item, pk=item, change=_change(request, pk), removed_at=None)
    actions.remove_item(item=one, by=request.user)
    messages.success(
        request,
        _("Retiré : « %(text)s ». Vous pouvez le remettre au bas de la page.") % {"text": one.text},
    )
    return redirect("decisions:balance", pk)


@require_POST
@needs(Power.DECIDE)
def put_back(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    one = get_object_or_404(
        Item.objects.exclude(removed_at=None), pk=item, change=_change(request, pk)
    )
    actions.restore_item(item=one, by=request.user)
    messages.success(request, _("Remis : « %(text)s ».") % {"text": one.text})
    return redirect(_at(pk, one))


@require_http_methods(["GET", "POST"])
@needs(Power.SEE_CUSTOMERS)
@needs(Power.DECIDE)
def pick(request: SignedInRequest, pk: int) -> HttpResponse:
    """Look for customers' words, choose the telling passage, put it in a cell."""
    change = _change(request, pk)
    items = items_of(change)
    if request.method == "POST":
        attached = AttachForm(request.POST, items)
        if attached.is_valid():
            return _attach(request, change, attached)
        messages.error(request, _("Rien n’a été ajouté : dites où mettre le passage."))
        return redirect(_picking(pk, request.POST.get("q", ""), ""))
    asked = {"q": request.GET.get("q", ""), "to": request.GET.get("to", "")}
    form = PickerForm(asked if asked["to"] else None, items)
    form.initial = asked | {"to": asked["to"] or f"cell-{Item.In.KEEP_AGAINST}"}
    words = understand(asked["q"])
    before = request.GET.get("before", "")
    looked = VerbatimsAsked(words=asked["q"], direction="in")
    found = (
        find_verbatims(request.user, looked, before=int(before) if before.isdigit() else None)
        if words
        else None
    )
    shown = found.rows[:PICKED_AT_ONCE] if found else []
    taken = _taken(items)
    context = {
        "change": change,
        "form": form,
        "asked": asked | {"to": form["to"].value()},
        "words": words,
        "found": found,
        "rows": [
            (one, [one.row.text[start:end] for start, end in sentences(one.row.text)], (one.kind, one.row.pk) in taken)
            for one in shown
        ],
        "following": shown[-1].position if found and len(found.rows) > len(shown) else found and found.following,
        "talk_kinds": talk_kinds(),
    }  # fmt: skip
    return render(request, "decisions/pick.html", context)


def _taken(items: list[Item]) -> set[tuple[str, int]]:
    """Verbatims that stand in the balance already."""
    quotes = Quote.objects.filter(item__in=[item.pk for item in items])
    return set(quotes.values_list("kind", "row"))


def _attach(request: SignedInRequest, change: Change, form: AttachForm) -> HttpResponse:
    said_of = form.cleaned_data
    verbatim = verbatim_for(request.user, said_of["kind"], said_of["row"])
    if verbatim is None:
        raise Http404
    what, _dash, which = said_of["to"].partition("-")
    try:
        if what == "item":
            item = get_object_or_404(Item, pk=int(which), change=change)
            quote = actions.attach_quote(
                item=item, verbatim=verbatim, chosen=said_of["sentence"],
                talk_kind=said_of["talk_kind"], by=request.user,
            )  # fmt: skip
        else:
            quote = actions.attach_to_new_item(
                change=change, cell=which, text=said_of["text"], verbatim=verbatim,
                chosen=said_of["sentence"], talk_kind=said_of["talk_kind"], by=request.user,
            )  # fmt: skip
    except actions.NoPassage:
        messages.error(request, _("Rien n’a été ajouté : choisissez au moins une phrase."))
        return redirect(_picking(change.pk, said_of["q"], said_of["to"]))
    except actions.AlreadyThere:
        messages.error(request, _("Ce texte est déjà sous cet élément."))
        return redirect(_picking(change.pk, said_of["q"], said_of["to"]))
    messages.success(request, _("Mis sous « %(text)s ».") % {"text": quote.item.text})
    return redirect(_picking(change.pk, said_of["q"], f"item-{quote.item_id}"))


@require_POST
@needs(Power.SEE_CUSTOMERS)
@needs(Power.DECIDE)
def take(request: SignedInRequest, pk: int, heard: int) -> HttpResponse:
    """Put a sentence that the machine proposes where a person says."""
    change = _change(request, pk)
    one = get_object_or_404(Heard, pk=heard, change=change, dismissed_at=None)
    verbatim = verbatim_for(request.user, one.kind, one.row)
    if verbatim is None or one.text not in verbatim.row.text:
        messages.error(request, _("Rien n’a été ajouté : ce texte a changé ou n’est plus là."))
        return redirect(_proposed(pk))
    form = TakeForm(request.POST, items_of(change))
    if not form.is_valid():
        messages.error(request, _("Rien n’a été ajouté : dites où mettre le passage."))
        return redirect(_proposed(pk))
    what, _dash, which = form.cleaned_data["to"].partition("-")
    try:
        if what == "item":
            item = get_object_or_404(Item, pk=int(which), change=change)
            quote = actions.attach_quote(
                item=item, verbatim=verbatim, chosen=[one.place], talk_kind=one.talk_kind, by=request.user,
            )  # fmt: skip
        else:
            quote = actions.attach_to_new_item(
                change=change, cell=which, text="", verbatim=verbatim, chosen=[one.place],
                talk_kind=one.talk_kind, by=request.user,
            )  # fmt: skip
    except actions.AlreadyThere:
        messages.error(request, _("Ce texte est déjà sous cet élément."))
        return redirect(_proposed(pk))
    messages.success(request, _("Mis sous « %(text)s ».") % {"text": quote.item.text})
    return redirect(_at(pk, quote.item))


@require_POST
@needs(Power.SEE_CUSTOMERS)
@needs(Power.DECIDE)
def dismiss(request: SignedInRequest, pk: int, heard: int) -> HttpResponse:
    one = get_object_or_404(Heard, pk=heard, change=_change(request, pk), dismissed_at=None)
    actions.dismiss(heard=one, by=request.user)
    messages.success(request, _("Écarté : ce passage ne sera plus proposé ni compté."))
    return redirect(_proposed(pk))


@require_POST
@needs(Power.SEE_CUSTOMERS)
@needs(Power.DECIDE)
def take_back(request: SignedInRequest, pk: int, heard: int) -> HttpResponse:
    one = get_object_or_404(
        Heard.objects.exclude(dismissed_at=None), pk=heard, change=_change(request, pk)
    )
    actions.take_back(heard=one, by=request.user)
    messages.success(request, _("Proposé de nouveau."))
    return redirect(_proposed(pk))


@require_POST
@needs(Power.DECIDE)
def detach(request: SignedInRequest, pk: int, quote: int) -> HttpResponse:
    one = get_object_or_404(
        Quote.objects.select_related("item__change"), pk=quote, item__change=_change(request, pk)
    )
    actions.detach_quote(quote=one, by=request.user)
    messages.success(
        request, _("Passage retiré de la balance ; le texte du client reste à sa place.")
    )
    return redirect(_at(pk, one.item))


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def weigh(request: SignedInRequest, pk: int) -> HttpResponse:
    """One person's weights, item by item."""
    change = _change(request, pk)
    items = items_of(change)
    if not items:
        messages.error(request, _("Il n’y a encore rien à peser : remplissez d’abord les cases."))
        return redirect("decisions:balance", pk)
    mine = {one.item: one.weight for one in weights_of(change) if one.person == request.user.pk}
    form = WeighingForm(request.POST or None, items, mine)
    if request.method == "POST" and form.is_valid():
        actions.weigh_items(
            change=change, weights=form.weights(), note=form.cleaned_data["note"], by=request.user
        )
        messages.success(request, _("Pesée gardée. Les précédentes le restent aussi."))
        return redirect("decisions:balance", pk)
    context = {
        "change": change,
        "form": form,
        "again": bool(mine),
        "said": said_under(request.user, items),
    }
    return render(request, "decisions/weigh.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    read = _weighed(request, change, None)
    initial = {
        "decided_by": str(request.user),
        "look_again_on": timezone.localdate() + LOOK_AGAIN_AFTER,
    }
    form = DecisionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        balances = {str(one.holder): one.balance for one in (read["customers"], read["firm"])}
        actions.record_decision(
            change=change, balances=balances, by=request.user, **form.cleaned_data
        )
        messages.success(
            request,
            _(
                "Décision gardée, avec la balance du jour. Elle reviendra dans la liste à la date dite."
            ),
        )
        return redirect(f"{reverse('decisions:balance', args=[pk])}#decision")
    return render(
        request,
        "decisions/decide.html",
        read | {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_GET
@needs(Power.SEE_FIGURES)
def decisions(request: SignedInRequest) -> HttpResponse:
    """Those to look at again first, then all."""
    today = timezone.localdate()
    listed = list(decisions_for(request.user))
    due = [one for one in listed if one.look_again_on and one.look_again_on <= today]
    due.sort(key=lambda one: (one.look_again_on, one.pk))
    context = {
        "due": due,
        "others": [one for one in listed if one not in due],
        "may_decide": request.user.may(Power.DECIDE),
    }
    return render(request, "decisions/decisions.html", context)


@require_http_methods(["GET", "POST"])
@needs(Power.DECIDE)
def look(request: SignedInRequest, decision: int) -> HttpResponse:
    """What happened, beside what was decided and how the balance stands now."""
    one = get_object_or_404(decisions_for(request.user), pk=decision)
    form = LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.look_again(decision=one, by=request.user, **form.cleaned_data)
        messages.success(request, _("C’est gardé avec la décision."))
        return redirect("decisions:decisions")
    context = _weighed(request, one.change, None) | {"decision": one, "form": form}
    return render(request, "decisions/look.html", context, status=422 if form.is_bound else 200)


@require_POST
@needs(Power.DECIDE)
def withdraw_decided(request: SignedInRequest, decision: int) -> HttpResponse:
    one = get_object_or_404(decisions_for(request.user), pk=decision)
    actions.withdraw_decision(decision=one, by=request.user)
    return render(request, "decisions/withdrawn.html", {"decision": one, "change": one.change})


@require_POST
@needs(Power.DECIDE)
def restore_decided(request: SignedInRequest, decision: int) -> HttpResponse:
    one = get_object_or_404(
        Decision.objects.exclude(withdrawn_at=None).select_related("change"), pk=decision
    )
    actions.restore_decision(decision=one, by=request.user)
    messages.success(request, _("Décision remise."))
    return redirect(f"{reverse('decisions:balance', args=[one.change_id])}#decision")


@require_GET
@never_cache
@needs(Power.SEE_CUSTOMERS)
def panel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where a customer stands on each declared change, and how to talk about it."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    return _panel(request, customer)


def _panel(request: SignedInRequest, customer: Customer, *, note: str = "") -> HttpResponse:
    asked, wanted = request.GET.get("changement", ""), request.GET.get("etape", "")
    now, chosen, used = timezone.now(), said_by(customer), uses_with(customer)
    heard, declared = (
        heard_from(customer),
        list(changes_for(request.user).filter(withdrawn_at=None)),
    )
    ruled = ruled_by(customer, declared)
    cards = []
    for change in declared:
        stands = standing(change, chosen.get(change.pk, []), now, heard.get(change.pk, []))
        uses = used.get(change.pk, [])
        stage = wanted if asked == str(change.pk) else ""
        cards.append(
            {
                "change": change,
                "standing": stands,
                "stage_name": stage_name(stands.stage) if stands.stage else "",
                "stage_reason": stage_reason(stands.stage) if stands.stage else "",
                "rulers": _rulers(change, ruled.get(change.pk, {})),
                "guide": guide_with(customer, change, stands, uses, stage=stage),
                "open": asked == str(change.pk)
                or (not asked and bool(stands.said or stands.telling)),
            }
        )
    cards.sort(key=lambda card: not card["open"])
    context = {
        "customer": customer,
        "cards": cards,
        "stages": [(stage, stage_name(stage)) for stage in STAGES],
        "followed": GuideUse.Followed.choices,
        "talk_names": dict(talk_kinds()),
        "note": note,
        "may_note": request.user.may(Power.EDIT_CUSTOMERS),
    }
    return render(request, "decisions/panel.html", context)


def _rulers(change: Change, answers: dict[str, Answer]) -> list[tuple[str, Answer | None]]:
    """Each ruler that is asked, with the customer's latest answer."""
    return [
        (name, answers.get(one)) for one, name in _ruler_names().items() if getattr(change, one)
    ]


def _ruler_names() -> dict[str, str]:
    return {
        "importance": _("Importance"),
        "confidence": _("Confiance d’y arriver"),
        "readiness": _("Envie de s’y mettre"),
    }


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def use(request: SignedInRequest, pk: int, change: int) -> HttpResponse:
    """An adviser marks what was said to the customer, and what came next."""
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    form = UseForm(request.POST)
    if not form.is_valid():
        return HttpResponse(
            _("Rien n’a été noté : dites ce que la personne a répondu."), status=422
        )
    one = get_object_or_404(changes_for(request.user), pk=change)
    try:
        actions.mark_used(change=one, customer=customer, by=request.user, **form.cleaned_data)
    except actions.NotInForce:
        return HttpResponse(_("Rien n’a été noté : ce changement a été retiré."), status=422)
    return _noted(request, customer, change, _("C’est noté."))


@require_POST
@needs(Power.EDIT_CUSTOMERS)
def unuse(request: SignedInRequest, pk: int, used: int) -> HttpResponse:
    customer = get_object_or_404(customers_for(request.user), pk=pk)
    one = get_object_or_404(GuideUse, pk=used, customer=customer)
    actions.unmark_used(use=one, by=request.user)
    return _noted(request, customer, one.change_id, _("La note est retirée."))


def _noted(request: SignedInRequest, customer: Customer, change: int, note: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, note)
        return redirect("customers:file", customer.pk)
    asked = request.GET.copy()
    asked["changement"] = str(change)
    asked["etape"] = request.POST.get("stage", "")
    request.GET = asked  # type: ignore[assignment]
    return _panel(request, customer, note=note)


def _change(request: SignedInRequest, pk: int) -> Change:
    return get_object_or_404(changes_for(request.user), pk=pk)


def _at(pk: int, item: Item) -> str:
    return f"{reverse('decisions:balance', args=[pk])}#element-{item.pk}"


def _proposed(pk: int) -> str:
    return f"{reverse('decisions:balance', args=[pk])}#propose"


def _picking(pk: int, words: str, to: str) -> str:
    return f"{reverse('decisions:pick', args=[pk])}?{urlencode({'q': words, 'to': to})}"
