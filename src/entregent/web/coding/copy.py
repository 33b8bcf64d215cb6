"""What was read in a customer's words, told to them: this room's part of their copy."""

from django.db.models import Q
from django.utils.translation import gettext as _

from entregent.web.coding.codes import book, value_words
from entregent.web.coding.models import Adjudication, Coding, QueuedText, Said, Words
from entregent.web.coding.queries import of_their_words
from entregent.web.customers.copies import Held, Part, Whose, as_held
from entregent.web.evidence.models import CodedText
from entregent.web.shared.templatetags.figures import day, percent
from entregent.web.verbatims.words import Read, read_of


def words(whose: Whose) -> Part:
    """Machine's codes of each text and passage, and what people coded there."""
    texts = list(
        CodedText.objects.filter(
            Q(interaction__customer__in=whose.ids) | Q(answer__customer__in=whose.ids)
        )
        .select_related("interaction", "answer")
        .prefetch_related("segments")
        .order_by("pk")
    )
    kept = Words.objects.filter(Q(customer__in=whose.ids) | of_their_words(whose.ids))
    codings = list(Coding.objects.filter(words__in=kept).select_related("words"))
    settled = list(Adjudication.objects.filter(words__in=kept))
    queued = list(QueuedText.objects.filter(words__in=kept))
    held = [_text(text) for text in texts]
    if codings or settled:
        held.append(
            Held(
                _("Ce que des collègues y ont lu"),
                [
                    *((_said_at(one), _said(one)) for one in codings),
                    *((_said_at(one), _said(one)) for one in settled),
                ],
            )
        )
    return Part(
        _("Ce qui est lu dans vos mots"),
        _(
            "Une machine range chaque passage de vos messages selon quelques codes, avec une confiance ; "
            "elle se trompe parfois, et se tait quand elle n’est pas assez sûre. Des collègues peuvent "
            "coder les mêmes passages."
        ),
        held,
        {
            "coded_texts": [as_held(text) for text in texts],
            "coded_segments": [as_held(one) for text in texts for one in text.segments.all()],
            "codings": [as_held(one) for one in codings],
            "adjudications": [as_held(one) for one in settled],
            "texts_given_to_code": [as_held(one) for one in queued],
        },
    )


def _text(text: CodedText) -> Held:
    return Held(
        _("Message du %(day)s") % {"day": day(text.row.at)},
        [(one.title, _read(one)) for one in read_of(text)],
        [
            (
                text.words[segment.start : segment.end],
                " · ".join(f"{one.title} : {_read(one)}" for one in read_of(segment) if one.says_something)
                or _("rien de notable, ou pas assez sûr"),
            )
            for segment in text.segments.all()
        ],
    )  # fmt: skip


def _read(one: Read) -> str:
    sure = "" if one.confidence is None else f" ({percent(one.confidence)})"
    return f"{one.name}{sure}"


def _said_at(one: Coding | Adjudication) -> str:
    return f"{day(one.at)} · {book()[one.code].title}"


def _said(one: Coding | Adjudication) -> str:
    if isinstance(one, Coding) and one.said != Said.VALUE:
        return str(one.get_said_display())
    return value_words(one.code, one.value)
