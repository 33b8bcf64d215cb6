"""People's names: after a title or a job, where people present themselves or sign, by first name."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

import yaml

from entregent.engine.voice.redaction import Found, Identifier
from entregent.engine.voice.segments import Kind, segments_of

_PART = r"(?:[A-ZÀ-ÞŒ][\wß-öø-ÿ]*(?:[-'’][A-ZÀ-ÞŒ]?[\wß-öø-ÿ]+)*)"
_LINK = r"(?:de|du|des|de la|le|la|van|von|der|ben|el|al|da|dos|d['’]|O['’]|Mc|Mac)"
_NAME = rf"{_PART}(?:[ \u00a0]+(?:{_LINK}[ \u00a0]+)?{_PART}){{0,3}}"
_TITLED = re.compile(
    rf"\b(?:M\.|MM\.|Mme|Mmes|Mlle|Mr|Mrs|Ms|Miss|Dr|Pr|Me|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle|[Mm]aître|[Dd]octeur|Doctor)\.?[ \u00a0]+(?P<name>{_NAME})"
)
_PRESENTED = re.compile(
    rf"\b(?P<opening>(?i:je m['’ ]appelle|mon nom est|je suis (?:m\.|mme|monsieur|madame)|au nom de|signé|my name is|my name's|i am called|this is|"
    rf"speaking with|spoke (?:to|with)|talked to|appelle-moi|merci (?:à|beaucoup à|encore à)|bravo à|thanks? (?:to|you)|ask(?:ed)? for|regards to|avec|"
    rf"mon (?:mari|fils|frère|père|voisin|ami)|ma (?:femme|fille|sœur|mère|voisine|amie)|my (?:husband|wife|son|daughter|brother|sister|mother|father)))"
    rf"[ \u00a0:,]+(?P<name>{_NAME})"
)
_SAYS_A_NAME = re.compile(r"name|appelle|nom de|mon nom")
# What follows these may be a firm as well as a person.
_ALSO_OF_FIRMS = ("avec", "this is", "bravo", "signé", "ask", "thank")
_JOB = re.compile(
    rf"\b(?i:conseill[eè]re?s?|t[ée]l[ée]conseill[eè]re?|agente?|interlocut(?:eur|rice)|gestionnaire|expert(?:e)?|technicien(?:ne)?|commercial(?:e)?|"
    rf"adviser|advisor|rep|representative|engineer|manager|colleague|coll[èe]gue|operator|handler|adjuster)[ \u00a0,]+(?:(?:named|called|nommée?|appelée?)[ ]+)?(?P<name>{_NAME})"
)
_CAPITALISED = re.compile(_NAME)
_SIGNED = re.compile(rf"^[ \t]*(?P<name>{_NAME}(?:[ \t]+[A-ZÀ-Þ]\.)?)[ \t.]*$", re.MULTILINE)
_NOT_A_NAME = frozenset(
    ["Je", "Vous", "Nous", "Il", "Elle", "On", "Ils", "Elles", "Le", "La", "Les", "Un", "Une", "Des", "Ce", "Cette", "Ces", "Mon", "Ma", "Mes", "Votre", "Vos", "Notre", "Nos", "Bonjour", "Merci", "Service", "Client", "Directeur", "Directrice", "Président", "The", "My", "Your", "Our", "We", "You", "They", "It", "He", "She", "This", "That", "I", "Thanks", "Thank", "Hello", "Dear", "Cordialement", "Regards", "Monsieur", "Madame", "Sir", "Madam", "Customer", "Team", "Équipe", "Support", "Assurance", "Assurances", "Banque", "Bank", "Mutuelle", "Internet", "Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December", "Kind", "Best", "Sent", "Envoyé", "Très", "Pas", "Ne", "Et", "Mais", "But", "And", "So", "No", "Yes", "Oui", "Non", "Paris", "Lyon", "Marseille", "London", "France", "Amazon", "Google", "Facebook", "Axa", "Maif", "Macif", "Allianz", "Orange", "Sfr", "Bouygues", "Trustpilot", "Whatsapp", "Visa", "Mastercard", "Paypal", "Apple", "Android", "Windows"]
)  # fmt: skip


def found_names(text: str) -> Iterator[Found]:
    """Names by what stands before them, by their first part, or at the end of a letter."""
    for pattern in (_TITLED, _JOB):
        for found in pattern.finditer(text):
            yield from _named(text, found.start("name"), found.end("name"))
    plain, shared = _first_names()
    for found in _PRESENTED.finditer(text):
        parts = found["name"].split()
        told = found["opening"].lower()
        known = parts[0] in plain or parts[0] in shared
        whole = len(parts) > 1 and not _NOT_A_NAME.intersection({parts[0], parts[-1]})
        if known or _SAYS_A_NAME.search(told) or (whole and not told.startswith(_ALSO_OF_FIRMS)):
            yield from _named(text, found.start("name"), found.end("name"))
    for found in _CAPITALISED.finditer(text):
        yield from _known(text, found, plain, shared)
    yield from _signatures(text)


def _known(
    text: str, found: re.Match[str], plain: frozenset[str], shared: frozenset[str]
) -> Iterator[Found]:
    """From the first known first name on; one that is also a word needs a family name after it."""
    parts = list(re.finditer(r"[^ \u00a0]+", found.group()))
    for place, part in enumerate(parts):
        word = part.group()
        word = word.capitalize() if word.isupper() and len(word) > 2 else word
        alone = place == len(parts) - 1
        if word in plain or (
            word in shared and not alone and not parts[place + 1].group()[0].islower()
        ):
            yield from _named(text, found.start() + part.start(), found.end())
            return


def _signatures(text: str) -> Iterator[Found]:
    for segment in segments_of(text):
        if segment.kind is not Kind.SIGNATURE:
            continue
        signed = text[segment.start : segment.end]
        for line in re.finditer(r"[^\n,]+", signed):
            name = _SIGNED.fullmatch(line.group())
            if name and name["name"].split()[0] not in _NOT_A_NAME:
                yield Found(
                    segment.start + line.start() + name.start("name"),
                    segment.start + line.start() + name.end("name"),
                    Identifier.NAME,
                )


def _named(text: str, start: int, end: int) -> Iterator[Found]:
    """The name without words after it that only stand there with a capital."""
    kept = start
    parts = list(re.finditer(r"[^ \u00a0]+", text[start:end]))
    for place, part in enumerate(parts):
        linking = part.group() in {"Le", "La"} and 0 < place < len(parts) - 1
        if part.group() in _NOT_A_NAME and not linking:
            break
        kept = start + part.end()
    if kept > start:
        yield Found(start, kept, Identifier.NAME)


@lru_cache(maxsize=1)
def _first_names() -> tuple[frozenset[str], frozenset[str]]:
    carried = files("entregent.catalogue") / "voice" / "first_names.yaml"
    lists = yaml.safe_load(carried.read_text(encoding="utf-8"))
    shared = frozenset(lists["shared"].split())
    return frozenset(lists["plain"].split()) - shared, shared
