"""What was heard from a customer about declared changes, told to them: this room's part of their copy."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from entregent.web.customers.copies import Held, Part, Whose, as_held
from entregent.web.decisions.guide import piece_texts, stage_name, stage_reason
from entregent.web.decisions.measures import standing
from entregent.web.decisions.models import Change, GuideUse, Heard, Quote
from entregent.web.decisions.queries import heard_from, of_their_words, ruled_by, said_by
from entregent.web.shared.templatetags.figures import day, number, percent


def changes(whose: Whose) -> Part:
    """Talk and stage about each declared change, with the words they rest on."""
    mine = Q(customer__in=whose.ids) | of_their_words(whose.ids)
    quotes = list(Quote.objects.filter(mine).select_related("item__change").order_by("said_at"))
    heard = list(Heard.objects.filter(mine).select_related("change").order_by("said_at"))
    uses = list(GuideUse.objects.filter(customer__in=whose.ids).order_by("at"))
    said, read = said_by(whose.customer), heard_from(whose.customer)
    declared = {change.pk: change for change in Change.objects.order_by("pk")}
    about = {one.item.change_id for one in quotes} | {one.change_id for one in heard}
    about |= {one.change_id for one in uses}
    texts, now = piece_texts(), timezone.now()
    ruled = ruled_by(whose.customer, declared.values())
    held, stages = [], []
    for key, change in declared.items():
        if key not in about and key not in ruled:
            continue
        stands = standing(change, said.get(key, []), now, read.get(key, []))
        answers = ruled.get(key, {})
        facts = [
            (_("Ce que la personne ferait"), change.target),
            (_("À qui cela profite"), str(change.get_beneficiary_display())),
            (_("Façon d’en parler"), str(change.get_mode_display())),
            (_("Où vous en êtes (estimation)"), _stage(stands.stage, firm=stands.firm)),
            (_("Passages pour le changement"), number(stands.talk.change, 1)),
            (_("Passages pour ne rien changer"), number(stands.talk.sustain, 1)),
            *((_("Votre note de 0 à 10 (%(what)s)") % {"what": one}, number(answer.value, 0)) for one, answer in answers.items()),
            *(
                (_("Dit par un conseiller le %(day)s") % {"day": day(use.at)}, f"{texts.get(use.piece, use.piece)} → {use.get_followed_display()}")
                for use in uses if use.change_id == key
            ),
        ]  # fmt: skip
        passages = [
            (one.text, _("%(day)s · retenu par un collègue : %(cell)s") % {"day": day(one.said_at), "cell": one.item.get_cell_display()})
            for one in quotes if one.item.change_id == key
        ]  # fmt: skip
        passages += [(one.text, _machine_words(one)) for one in heard if one.change_id == key]
        held.append(Held(change.name, facts, passages))
        stages.append(
            {"change": key, "name": change.name, "stage": stands.stage, "firm": stands.firm,
             "change_talk": stands.talk.change, "sustain_talk": stands.talk.sustain,
             "ambivalence": stands.ambivalence}
        )  # fmt: skip
    return Part(
        _("Ce que vous dites des changements proposés"),
        _(
            "Des passages de vos messages, choisis par un collègue ou lus par une machine, et ce que nous en "
            "déduisons. Nous ne cherchons jamais à vous faire changer contre votre intérêt."
        ),
        held,
        {
            "change_stages": stages,
            "change_quotes": [as_held(one) for one in quotes],
            "change_sentences": [as_held(one) for one in heard],
            "guide_uses": [as_held(one) for one in uses],
        },
    )


def _stage(stage: str | None, *, firm: bool) -> str:
    if stage is None:
        return _("on ne sait pas")
    sure = _("probable") if firm else _("incertain")
    return f"{stage_name(stage)} ({sure}) : {stage_reason(stage)}"


def _machine_words(one: Heard) -> str:
    if one.dismissed_at:
        return _("%(day)s · lu par une machine, écarté par un collègue") % {"day": day(one.said_at)}
    if not one.talk:
        return _("%(day)s · lu par une machine, qui n’a pas su trancher") % {
            "day": day(one.said_at)
        }
    return _("%(day)s · lu par une machine : %(talk)s, confiance %(sure)s") % {
        "day": day(one.said_at), "talk": one.get_talk_display(), "sure": percent(one.talk_confidence),
    }  # fmt: skip
