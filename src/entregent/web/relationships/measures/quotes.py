"""A customer's own sentences behind what their words say of the relationship."""

from collections.abc import Callable, Sequence

from entregent.adapters.coders.coder import carried_coder
from entregent.web.evidence.models import CodedSegment, CodedText, Customer
from entregent.web.relationships.measures.weighing import TEXTS, Piece
from entregent.web.relationships.queries import MOST_TRACES, Trace, texts_of

MOST_READ = 24
FEWEST_WORDS = 4
Said = Callable[[CodedSegment], bool]


def quotes(customer: Customer, pieces: Sequence[Piece]) -> dict[str, list[Trace]]:
    """Feature → the sentences behind it, the surest first; none for what no sentence says."""
    asked = [piece for piece in pieces if piece.feature == TEXTS or _sayings(piece)]
    if not asked:
        return {}
    texts = texts_of(customer)
    segments = [one for text in texts for one in text.segments.all()]
    found: dict[str, list[Trace]] = {}
    for piece in asked:
        if sayings := _sayings(piece):
            says, confidence = sayings
            mine = [one for one in segments if says(one)]
            mine.sort(key=lambda one: -(getattr(one, confidence) or 0.0))
            found[piece.feature] = [_trace(one) for one in mine[:MOST_TRACES]]
        else:
            found[TEXTS] = _most_telling(texts, str(piece.value))
    return found


def _sayings(piece: Piece) -> tuple[Said, str] | None:
    """Which sentences a feature of words was counted from, and by what they are sure of it."""
    if not isinstance(piece.value, float | int):
        return None
    up = piece.value > 0
    feeling, trusted = ("+", "+") if up else ("-", "-")
    return {
        "sentiment_balance": (lambda one: one.sentiment == feeling, "sentiment_confidence"),
        "movement_balance": (lambda one: one.movement == ("T" if up else "A"), "movement_confidence"),
        "trust_balance": (lambda one: (one.trust or "").endswith(trusted), "trust_confidence"),
        "distributive_share": (lambda one: up and "D" in (one.justice or ""), "justice_confidence"),
        "interpersonal_balance": (
            lambda one: "I" in (one.justice or "") and one.sentiment == feeling,
            "justice_confidence",
        ),
        "mixed_share": (lambda one: one.sentiment == "~", "sentiment_confidence"),
    }.get(piece.feature)  # fmt: skip


def _most_telling(texts: Sequence[CodedText], family: str) -> list[Trace]:
    """Of the texts that speak most for a family, the sentence that does so most by itself."""
    ranked = sorted(texts, key=lambda one: -(getattr(one, f"p_{family}") or 0.0))[:MOST_TRACES]
    found = []
    for text in ranked:
        pieces = list(text.segments.all())[:MOST_READ]
        words = [text.words[one.start : one.end] for one in pieces]
        long = [rank for rank, one in enumerate(words) if len(one.split()) >= FEWEST_WORDS]
        if not long:
            found.append(Trace(*_place(text), text.words))
            continue
        read = carried_coder().read_texts([words[rank] for rank in long])["relationship"]
        speaks = read.probabilities[:, list(read.values).index(family)]
        found.append(Trace(*_place(text), words[long[int(speaks.argmax())]]))
    return found


def _trace(segment: CodedSegment) -> Trace:
    return Trace(*_place(segment.of_text), segment.of_text.words[segment.start : segment.end])


def _place(text: CodedText) -> tuple[str, int, object]:
    kind = "interaction" if text.interaction_id else "answer"
    return kind, text.row.pk, text.row.at
