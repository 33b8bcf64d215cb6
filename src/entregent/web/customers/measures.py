"""What a relationship file says first: who this is, what is open, what to watch."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from entregent.web.customers.queries.file import RelationshipFile
from entregent.web.evidence.models import Answer, Case
from entregent.web.shared.templatetags.figures import age, ago_words, day, due, money, number, span

ENDING_DAYS = 90
"""A contract that ends within this many days is worth a word."""
QUIET_DAYS = 365
UNANSWERED_DAYS = 2
PROMISE_SOON_DAYS = 7

Weight = Literal["bad", "warn", "good"]


@dataclass(frozen=True, slots=True)
class WatchOut:
    """One thing to know before speaking with the customer. place: the part of the page it is in."""

    weight: Weight
    text: str
    place: str
    words: str = ""


def who_they_are(file: RelationshipFile) -> str:
    """One sentence: what this person is to us."""
    parts = [str(file.customer.get_kind_display()).capitalize()]
    if file.customer.since:
        parts[0] = _("%(kind)s, avec nous depuis %(span)s") % {
            "kind": parts[0], "span": age(file.customer.since),
        }  # fmt: skip
    running = len(file.running_contracts)
    if running:
        parts.append(
            _("un contrat en cours") if running == 1
            else _("%(n)s contrats en cours") % {"n": number(running)}
        )  # fmt: skip
    if file.money and file.money[0].year_in:
        amount = money(file.money[0].year_in, file.money[0].currency)
        parts.append(_("%(amount)s versés sur douze mois") % {"amount": amount})
    if file.last_in:
        parts.append(
            _("dernier contact de sa part %(ago)s, par %(channel)s")
            % {"ago": ago_words(file.last_in.at), "channel": file.last_in.get_channel_display()}
            if file.last_in.channel
            else _("dernier contact de sa part %(ago)s") % {"ago": ago_words(file.last_in.at)}
        )
    else:
        parts.append(_("aucun message de sa part à ce jour"))
    return _(" ; ").join(parts) + "."


def what_to_watch(file: RelationshipFile, *, case_target_days: int) -> list[WatchOut]:
    """What is open or at risk, the gravest first."""
    found = [
        *_promises(file), *_cases(file, case_target_days), *_unanswered(file),
        *_scores(file), *_contracts(file), *_quiet(file),
    ]  # fmt: skip
    return sorted(found, key=lambda one: ("bad", "warn", "good").index(one.weight))


def case_age(case: Case) -> int:
    """Days a case has been, or was, open."""
    return ((case.resolved_at or case.closed_at or timezone.now()) - case.opened_at).days


def latest_scores(scores: list[Answer]) -> list[tuple[Answer, Answer | None]]:
    """The latest score of each instrument and item, with the one before it."""
    by_item: dict[tuple[str, str], list[Answer]] = {}
    for score in scores:
        by_item.setdefault((score.instrument, score.item), []).append(score)
    return [(rows[0], rows[1] if len(rows) > 1 else None) for rows in by_item.values()]


def _promises(file: RelationshipFile) -> list[WatchOut]:
    found = []
    for promise in file.open_promises:
        if promise.until and promise.until < file.today:
            late = (file.today - promise.until).days
            text = _("Promesse en retard de %(span)s") % {"span": span(late)}
            found.append(WatchOut("bad", text, "promises", promise.text))
        elif promise.until and (promise.until - file.today).days <= PROMISE_SOON_DAYS:
            text = _("Promesse à tenir %(due)s") % {"due": due(promise.until)}
            found.append(WatchOut("warn", text, "promises", promise.text))
    broken = [row for row in file.settled_promises if row.kept is False]
    recently = [
        row for row in broken if row.until and row.until >= file.today - timedelta(days=QUIET_DAYS)
    ]
    if recently:
        text = _("Promesse non tenue le %(day)s") % {"day": day(recently[0].until)}
        found.append(WatchOut("warn", text, "promises", recently[0].text))
    return found


def _cases(file: RelationshipFile, target_days: int) -> list[WatchOut]:
    found = []
    for case in file.open_cases:
        days = case_age(case)
        kind = str(case.get_kind_display() or _("dossier")).capitalize()
        text = _("%(kind)s sans solution depuis %(span)s") % {"kind": kind, "span": span(days)}
        if days > target_days:
            text = _("%(text)s, au-delà des %(target)s visés") % {
                "text": text,
                "target": span(target_days),
            }
        found.append(WatchOut("bad" if days > target_days else "warn", text, "cases", case.cause))
    return found


def _unanswered(file: RelationshipFile) -> list[WatchOut]:
    """Their last message has no answer after it."""
    last, reply = file.last_in, file.last_out
    if (
        last is None
        or last.channel in {"review", "survey", "phone"}
        or (reply and reply.at >= last.at)
    ):
        return []
    days = (timezone.localdate() - timezone.localtime(last.at).date()).days
    if not UNANSWERED_DAYS <= days <= QUIET_DAYS:
        return []
    text = _("Son dernier message attend une réponse depuis %(span)s") % {"span": span(days)}
    return [WatchOut("bad", text, "timeline")]


def _scores(file: RelationshipFile) -> list[WatchOut]:
    for last, before in latest_scores(file.scores):
        if last.instrument != "nps" or last.value is None:
            continue
        values = {"now": number(last.value), "day": day(last.at)}
        if before is not None and before.value is not None and before.value - last.value >= 3:
            values["before"] = number(before.value)
            text = _("Recommandation tombée de %(before)s à %(now)s sur 10 (%(day)s)") % values
            return [WatchOut("bad", text, "scores", last.text)]
        if last.value <= 6:
            text = _("Ne nous recommande pas : %(now)s sur 10 (%(day)s)") % values
            return [WatchOut("warn", text, "scores", last.text)]
        if last.value >= 9:
            text = _("Nous recommande : %(now)s sur 10 (%(day)s)") % values
            return [WatchOut("good", text, "scores", last.text)]
    return []


def _contracts(file: RelationshipFile) -> list[WatchOut]:
    return [
        WatchOut(
            "warn", _("Contrat qui finit %(due)s") % {"due": due(row.until)}, "contracts", row.text
        )
        for row in file.running_contracts
        if row.until and (row.until - file.today).days <= ENDING_DAYS
    ]


def _quiet(file: RelationshipFile) -> list[WatchOut]:
    if file.last_in is None:
        return []
    days = (timezone.now() - file.last_in.at).days
    if days < QUIET_DAYS:
        return []
    return [
        WatchOut("warn", _("Sans nouvelles depuis %(span)s") % {"span": span(days)}, "timeline")
    ]
