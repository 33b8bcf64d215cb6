"""What a machine reads in a text, as people answer: value and confidence by place and code."""

from collections.abc import Sequence

import numpy as np

from entregent.adapters.coders.codebook import codebook
from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.examples import TALK_KINDS, setting_of
from entregent.adapters.coders.language_model import ModelCoding
from entregent.engine.voice.coders import Reading
from entregent.engine.voice.examples import YES
from entregent.web.coding.codes import SEGMENT, TEXT, UTTERANCE, flat

Proposals = dict[str, dict[str, tuple[str, float | None]]]
_SHORT_KINDS = {long: short for short, long in TALK_KINDS.items()}


def span_name(start: int, end: int) -> str:
    return f"{start}-{end}"


def proposals_for(
    text: str,
    places: Sequence[Sequence[int]],
    codes: Sequence[str],
    coder: TrainedCoder,
    *,
    target: str = "",
    before: str = "",
) -> Proposals:
    """{span: {code: (value, confidence)}}; what the coder is unsure of is proposed too, and says so."""
    units = {codebook()[code].unit for code in codes}
    spans = [(start, end) for start, end in places]
    pieces = [text[start:end] for start, end in spans]
    found: Proposals = {}
    if SEGMENT in units and pieces:
        _keep(found, spans, coder.read_segments(pieces, [text] * len(pieces)), codes)
    if UTTERANCE in units and pieces and UTTERANCE in coder.panels:
        around = [setting_of(target, before)] * len(pieces)
        _keep(found, spans, coder.read_utterances(pieces, around), codes)
    if TEXT in units:
        _keep(found, [(0, len(text))], coder.read_texts([text]), codes)
    return found


def proposals_of_model(coding: ModelCoding | None, codes: Sequence[str], length: int) -> Proposals:
    """The same from a language model, which says no confidence; empty where it did not answer.

    length: of the text, in characters.

    >>> read = ModelCoding("1", [{"start": 0, "end": 9, "sentiment": "-"}], {"effort": "none"})
    >>> proposals_of_model(read, ["sentiment", "effort"], 9)
    {'0-9': {'sentiment': ('-', None), 'effort': ('none', None)}}
    """
    if coding is None or coding.problem is not None:
        return {}
    found: Proposals = {}
    spans = [(told["start"], told["end"], told) for told in coding.segments]
    for start, end, told in [*spans, (0, length, coding.codes)]:
        its = {code: (told[code], None) for code in codes if code in told}
        if its:
            found.setdefault(span_name(start, end), {}).update(its)
    return found


def _keep(
    found: Proposals,
    spans: Sequence[tuple[int, int]],
    read: dict[str, Reading],
    codes: Sequence[str],
) -> None:
    for code in codes:
        heads = [head for head in flat(code, "") if head in read]
        for row, (start, end) in enumerate(spans):
            if heads:
                its = found.setdefault(span_name(start, end), {})
                its[code] = _value(code, heads, read, row)


def _value(
    code: str, heads: Sequence[str], read: dict[str, Reading], row: int
) -> tuple[str, float]:
    if codebook()[code].several:
        said = [head[-1] for head in heads if read[head].answers[row] == YES]
        order = "".join(one.code for one in codebook()[code].values)
        value = "".join(sorted(said, key=order.index))
    else:
        value = _SHORT_KINDS.get(read[code].answers[row], read[code].answers[row])
    return value, round(float(np.min([read[head].confidences[row] for head in heads])), 3)
