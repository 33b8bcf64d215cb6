"""A text cut into sentence-like segments, each with its exact place and what kind of words it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST_WORDS = 45
"""A stretch without any stop longer than this is cut again, at a clause that starts with a link."""


class Kind(StrEnum):
    """Whose words, and what for: only `WORDS` are the customer's own new words, worth coding."""

    WORDS = "words"
    GREETING = "greeting"
    SIGNATURE = "signature"
    QUOTED = "quoted"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Segment:
    """text[start:end], never empty, without spaces at its ends."""

    start: int
    end: int
    kind: Kind = Kind.WORDS


_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"
_UPPER = "A-ZÀ-ÖØ-ÞŒ"
_LOWER = "a-zß-öø-ÿœ"

_ABBREVIATIONS = (
    "M|MM|Mme|Mmes|Mlle|Mlles|Mr|Mrs|Ms|Dr|Me|Pr|Prof|St|Ste|Sr|Jr|Cie|Sté|Ltd|Inc|Co|vs|cf|ex|"
    "etc|env|réf|ref|tél|tel|no|nos|art|av|bd|bld|p|pp|vol|fig|max|min|approx|dept|dépt|ext|"
    "janv|févr|avr|juil|sept|oct|nov|déc|jan|feb|mar|apr|aug|dec|Mon|Tue|Wed|Thu|Fri"
)
_NOT_A_STOP = re.compile(
    rf"(?:\b(?:{_ABBREVIATIONS}|[{_UPPER}]|[ei]\.?[eg]|[ap]\.?m|p\. ?ex|c\.-à-d|c\.à\.d|s\.v\.p)\.)$",
    re.IGNORECASE,
)
# A stop is a run of closing marks and what clings to it, then a space, the end or a capital that
# was glued on; or a semicolon; or a run of emoji; or a new line. Looking first whether one can
# begin here at all makes the search three times as fast.
_STOP = re.compile(
    rf"""
    (?=[\s.!?…;•▪●–*{_EMOJI}]) (?:
      (?P<mark>(?:[.!?…]|(?<=\S)\s(?=[!?]))+ (?:\s?[)\]»”"']+(?=\s|$))? (?:\s*[{_EMOJI}]+)*)
        (?=\s|$|[{_UPPER}](?=[{_LOWER}'’\s])|(?<=[!?…])\w)
    | (?P<semicolon>;(?=\s|$|[{_LOWER}{_UPPER}]))
    | (?P<emoji>[{_EMOJI}]+)(?=\s|$)
    | (?P<line>\s*\n\s*)
    | (?P<bullet>(?<=\s)[•▪●–*]\s))
    """,
    re.VERBOSE,
)
_BULLET = re.compile(r"\s*(?:[-–—•*▪●]+|\(?\d{1,2}[.)](?=\s)|[a-z]\))\s*")
_LINK = re.compile(
    r"(?:,|\s)\s*(?=(?:mais|par contre|cependant|pourtant|en revanche|alors que|tandis que|puis|"
    r"ensuite|du coup|donc|car|parce que|sinon|malgré|et (?:je|on|nous|il|elle|ils|là)|but|however|although|whereas|because|then|so I|"
    r"and (?:I|we|they|then|now|it)|when I|after)\b)",
    re.IGNORECASE,
)

_GREETING = re.compile(
    r"\s*(?:(?:re-?)?bonjour|bonsoir|salut|coucou|hello|hi|hey|dear|good (?:morning|afternoon|evening)|"
    r"ch(?:er|ère|ers|ères)|madame|monsieur|mesdames|messieurs|à qui de droit|to whom it may concern)"
    r"(?:[ ,]+(?:à (?:tous|toutes|vous)|all|there|everyone|team|l['’]équipe|toute l['’]équipe|"
    r"madame|monsieur|mesdames|messieurs|ch(?:er|ère|ers|ères)|équipe|mme|mr?|mrs|ms|miss|sir|madam|sirs?|et|and|/|ou|or|service client\w*|"
    rf"@\w+|(?-i:[{_UPPER}][{_LOWER}'’-]+\.?)))*\s*(?:[,!.:…]+|(?=\n)|$)\s*",
    re.IGNORECASE,
)
_GREETING_WORD = re.compile(r"\s*(?:bonjours?|bonsoir|hello|hi)\b[ ,]*(?=\S)", re.IGNORECASE)
_CLOSING_WORDS = (
    r"(?:(?:bien )?(?:cordialement|sincèrement|respectueusement|amicalement)(?: vôtre| votre)?|cdlt?|bien à vous|"
    r"salutations(?: distinguées)?|(?:mes |nos )?(?:sincères |meilleures )?salutations|"
    r"(?:veuillez|je vous prie|nous vous prions)[^.!?\n]*(?:agréer|accepter|recevoir|croire)[^.!?\n]*|"
    r"dans l['’]attente de (?:votre|vous)[^.!?\n]*|bonne (?:journée|soirée|réception)(?: à (?:vous|tous))?|"
    r"(?:kind |best |warm |kindest )?regards|(?:yours )?(?:sincerely|faithfully|truly)|best wishes|cheers|"
    r"sent from my [^\n]*|envoyé (?:de|depuis) (?:mon|ma) [^\n]*|get outlook for [^\n]*|"
    r"télécharger outlook[^\n]*)"
)
# A closing stands at the start or after a stop; looking only there keeps long texts cheap.
_CLOSING = re.compile(
    rf"(?:(?<=[.!?…,;:\n)])|(?<![\s\S]))[ \t\n]*(?P<words>{_CLOSING_WORDS})\b", re.IGNORECASE
)
_CLOSED_LINE = re.compile(rf"\s*{_CLOSING_WORDS}\s*[,.!]*\s*", re.IGNORECASE)
_SIGNATURE_REACH = 400
_NAME_LINE = re.compile(
    rf"\s*(?:[{_UPPER}][\w'’.-]*(?:[ ]+(?:de|du|la|le|van|von|[{_UPPER}][\w'’.-]*)){{0,3}}|[\d +().-]{{8,}}|\S+@\S+)\s*"
)

_REPLY_HEAD = re.compile(
    r"^[ \t]*(?:le [^\n]{4,120}?\ba écrit\s*:|on [^\n]{4,120}?\bwrote\s*:|"
    r"-{2,}[^\n]*(?:original message|message d['’]origine|message transféré|forwarded message)[^\n]*|_{10,}[ \t]*$|"
    r"(?:de|from)\s*:[^\n]*\n[ \t]*(?:envoyé|sent|date|à|to)\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"^[ \t]*>[^\n]*$", re.MULTILINE)
_SIGNATURE_MARK = re.compile(r"^-- ?$", re.MULTILINE)

_TURN = re.compile(
    r"^[ \t]*(?:\[?\(?\d{1,2}[:h]\d{2}(?::\d{2})?\)?\]?[ \t]*[-–]?[ \t]*)?"
    r"(?P<who>(?:agent|conseill[eè]re?s?|t[ée]l[ée]conseill[eè]re?|op[ée]rat(?:eur|rice)|adviser|advisor|assistant|support|"
    r"representative|rep|bot|chatbot|service client\w*|customer (?:service|care)|sav)|"
    r"(?:client|cliente|customer|user|visiteur|visitor|sociétaire|assuré|assurée|abonné|abonnée|member|caller|appelant|appelante))"
    r"(?:[ \t]*[(\[][^)\]\n]{1,40}[)\]]|[ \t]+[A-ZÀ-Þ][\w.-]*)?[ \t]*[:>][ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
# A chat as its customer sees it: their own turns say "me", every other name is the firm's.
_OWN_TURN = re.compile(r"^[ \t]*(?:moi|me|you)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ANY_TURN = re.compile(
    rf"^[ \t]*(?P<who>(?i:moi|me|you)|[{_UPPER}][\w'’-]*(?:[ ][{_UPPER}][\w'’.-]*){{0,2}})[ \t]*:[ \t]*",
    re.MULTILINE,
)
_OF_THE_FIRM = re.compile(
    r"agent|t?[ée]?l?[ée]?conseill|op[ée]rat|advis|assistant|support|rep|bot|chatbot|service|customer (?:service|care)|sav",
    re.IGNORECASE,
)


def segments_of(text: str) -> list[Segment]:
    """Cut a text into segments, in order and without overlap; what is not words is set apart.

    Greetings, signatures, quoted replies and the firm's turns of a transcript come out as one
    segment each of their kind; the customer's words come out sentence by sentence.

    >>> text = "Bonjour, reçu mardi !Service impeccable. Cordialement, Léa"
    >>> [(text[s.start : s.end], s.kind.value) for s in segments_of(text)]
    [('Bonjour,', 'greeting'), ('reçu mardi !', 'words'), ('Service impeccable.', 'words'),
     ('Cordialement, Léa', 'signature')]
    """
    found: list[Segment] = []
    for start, end, kind in _regions(text):
        if kind is Kind.WORDS:
            found.extend(_worded(text, start, end))
        else:
            found.extend(_trimmed(text, start, end, kind))
    return found


def words_of(text: str) -> list[Segment]:
    """Only the customer's own new words.

    >>> [(s.start, s.end) for s in words_of("Hello! Too slow.")]
    [(7, 16)]
    """
    return [segment for segment in segments_of(text) if segment.kind is Kind.WORDS]


def _regions(text: str) -> Iterator[tuple[int, int, Kind]]:
    """The text as stretches of the customer's words, the firm's turns and what was quoted."""
    own_end = len(text)
    if "\n" in text:
        reply = _REPLY_HEAD.search(text)
        if reply and text[: reply.start()].strip():
            own_end = reply.start()
    for start, end, kind in _turns(text, own_end):
        if kind is Kind.WORDS and ">" in text[start:end]:
            yield from _around_quotes(text, start, end)
        else:
            yield start, end, kind
    if own_end < len(text):
        yield own_end, len(text), Kind.QUOTED


def _turns(text: str, end: int) -> Iterator[tuple[int, int, Kind]]:
    if len(_OWN_TURN.findall(text, 0, end)) > 1:
        for turn, after in _followed(list(_ANY_TURN.finditer(text, 0, end))):
            kind = Kind.WORDS if _OWN_TURN.match(text, turn.start()) else Kind.AGENT
            yield turn.end(), after.start() if after else end, kind
        return
    turns = list(_TURN.finditer(text, 0, end)) if (":" in text or ">" in text) else []
    if not any(_OF_THE_FIRM.match(turn["who"]) for turn in turns) and len(turns) < 2:
        yield 0, end, Kind.WORDS
        return
    if turns[0].start() > 0:
        yield 0, turns[0].start(), Kind.WORDS
    for turn, after in _followed(turns):
        kind = Kind.AGENT if _OF_THE_FIRM.match(turn["who"]) else Kind.WORDS
        yield turn.end(), after.start() if after else end, kind


def _followed(
    turns: list[re.Match[str]],
) -> Iterator[tuple[re.Match[str], re.Match[str] | None]]:
    return zip(turns, [*turns[1:], None], strict=True)


def _around_quotes(text: str, start: int, end: int) -> Iterator[tuple[int, int, Kind]]:
    place = start
    for line in _QUOTED_LINE.finditer(text, start, end):
        if text[place : line.start()].strip():
            yield place, line.start(), Kind.WORDS
        yield line.start(), line.end(), Kind.QUOTED
        place = line.end()
    yield place, end, Kind.WORDS


def _worded(text: str, start: int, end: int) -> Iterator[Segment]:
    """Greeting, sentences and signature of one stretch of the customer's words."""
    greeting = _GREETING.match(text, start, end) or _GREETING_WORD.match(text, start, end)
    if greeting:
        yield from _trimmed(text, start, greeting.end(), Kind.GREETING)
        start = greeting.end()
    signed = _signature(text, start, end)
    yield from _sentences(text, start, signed)
    if signed < end:
        yield from _trimmed(text, signed, end, Kind.SIGNATURE)


def _signature(text: str, start: int, end: int) -> int:
    """Where the signature begins: `end` when there is none."""
    mark = _SIGNATURE_MARK.search(text, start, end)
    if mark:
        end = mark.start()
    for closing in _CLOSING.finditer(text, max(start, end - _SIGNATURE_REACH), end):
        rest = text[closing.end() : end].lstrip(" \t,.!")
        if all(
            _NAME_LINE.fullmatch(line) or _CLOSED_LINE.fullmatch(line) or not line.strip()
            for line in re.split(r"[\n,]", rest)
        ):
            return closing.start("words")
    return end


def _sentences(text: str, start: int, end: int) -> Iterator[Segment]:
    place = start
    for stop in _STOP.finditer(text, start, end):
        where = stop.end("mark") if stop["mark"] else stop.end()
        if stop["mark"] and _clings(text, place, stop):
            continue
        cut = stop.start() if stop["line"] or stop["bullet"] else where
        yield from _clauses(text, place, cut)
        place = where
    yield from _clauses(text, place, end)


def _clings(text: str, place: int, stop: re.Match[str]) -> bool:
    """Whether a mark belongs to an abbreviation, an initial or an address, and ends nothing."""
    end = stop.end("mark")
    if text[end : end + 1].strip():
        token = text[
            max(text.rfind(" ", place, end), text.rfind("\n", place, end), place - 1) + 1 : end
        ]
        if token.startswith(("http", "www.")) or "@" in token:
            return True
    if stop["mark"] != ".":
        return False
    return _NOT_A_STOP.search(text, max(place, end - 10), end) is not None and not (
        text.count(" ", place, end) > 3 and _ends_the_line(text, end)
    )


def _ends_the_line(text: str, place: int) -> bool:
    after = text[place : place + 2]
    return not after.strip() and ("\n" in after or not after)


def _clauses(text: str, start: int, end: int) -> Iterator[Segment]:
    """One sentence, cut again at its links when it runs on without a stop."""
    bullet = _BULLET.match(text, start, end)
    if bullet:
        start = bullet.end()
    if text.count(" ", start, end) < LONGEST_WORDS:
        yield from _trimmed(text, start, end, Kind.WORDS)
        return
    place = start
    for link in _LINK.finditer(text, start, end):
        if text.count(" ", place, link.start()) >= LONGEST_WORDS // 3:
            yield from _trimmed(text, place, link.start() + 1, Kind.WORDS)
            place = link.start() + 1
    yield from _trimmed(text, place, end, Kind.WORDS)


def _trimmed(text: str, start: int, end: int, kind: Kind) -> Iterator[Segment]:
    """The stretch without its outer spaces; nothing when no letter, digit or emoji is left."""
    piece = text[start:end]
    stripped = piece.strip()
    if stripped and re.search(rf"[\w{_EMOJI}]", stripped):
        first = start + len(piece) - len(piece.lstrip())
        yield Segment(first, first + len(stripped), kind)
