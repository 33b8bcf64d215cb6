"""What the columns of an unknown file mean, from their names and from what they hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.readers.batches import Notice
from entregent.adapters.readers.scales import Score, folded, score_of, slug
from entregent.adapters.readers.shape import Proposal, Sight

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[a-zA-Z]{2,}")
PHONE = re.compile(r"(?:\+|00)?\d[\d\s.()-]{7,17}\d")
TIME = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d.*)?|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?:[ T,].*)?"
    r"|\d{4}/\d{1,2}/\d{1,2}.*"
)
NUMBER = re.compile(r"-?[\d\s\u202f\u00a0.,]*\d(?:\s*(?:€|EUR|%|\$|£))?")
DECIMAL = re.compile(r"\d+\.\d+")
LONG_TEXT = 25
MOST = 0.8

# Name patterns, tried in order on folded names; the kind of values that the role asks for.
CUSTOMER = (
    r"(?:client|customer|adherent|societaire|assure|contact|user|utilisateur|membre|member)s?"
)
KEY = r"(?:id|num|numero|n|no|code|key|number|ref|reference|identifiant)"
NAMES: tuple[tuple[str, str, str], ...] = (
    (r"\be ?mail\b|courriel|\bmel\b", "email", "identity.email"),
    (r"\btel\b|telephone|mobile|portable|phone|\bgsm\b|numero appelant", "phone", "identity.phone"),
    (rf"\b{KEY}(?: d[eu])? ?{CUSTOMER}\b|\b{CUSTOMER} ?{KEY}\b", "any", "identity.key"),
    (r"^(?:client|customer|societaire|adherent|identifiant)$", "any", "identity.key"),
    (r"^prenoms?\b|first name|given name", "words", "customer.first_name"),
    (r"^nom(?: de famille| usage)?$|last name|surname|family name", "words", "customer.last_name"),
    (r"nom complet|nom (?:du )?client$|full name|^name$", "words", "customer.name"),
    (r"customer name|raison sociale", "words", "customer.name"),
    (r"client depuis|customer since|adhesion|date d entree|sign ?up", "time", "customer.since"),
    (r"^(?:langue|language|lang)\b", "words", "customer.language"),
    (r"^(?:canal|channel|contact type)\b|mode de contact", "words", "interaction.channel"),
    (r"^(?:sens|direction)\b", "words", "interaction.direction"),
    (
        r"conseiller|^agent\b|operateur|advisor|assignee|gestionnaire",
        "words",
        "interaction.agent_id",
    ),
    (r"attente|\bwait", "number", "interaction.wait_seconds"),
    (r"^duree|^duration\b|handle time|talk time", "number", "interaction.handle_seconds"),
    (r"abandon", "any", "interaction.abandoned"),
    (
        r"^(?:activite|activity|evenement|event|action|etape|stage)\b",
        "words",
        "interaction.activity",
    ),
    (r"^(?:objet|sujet|subject|titre|title)\b", "words", "interaction.title"),
    (r"montant|amount|^total$|\bttc\b|payment value", "number", "transaction.amount"),
    (r"total (?:ht|paid|price)|chiffre d affaires", "number", "transaction.amount"),
    (r"prix|price", "number", "transaction.unit_price"),
    (r"quantite|quantity|^qte\b|^qty\b", "number", "transaction.quantity"),
    (r"devise|currency", "words", "transaction.currency"),
    (r"\bmarge\b|margin", "number", "transaction.margin"),
    (r"produit|product|\barticle\b|\bsku\b|garantie", "words", "transaction.product"),
    (rf"\b{KEY}(?: de)? ?(?:commande|facture|paiement)\b", "any", "transaction.key"),
    (rf"^(?:order|invoice|payment|transaction) ?{KEY}$", "any", "transaction.key"),
    (rf"\b{KEY}(?: d[eu])? ?(?:dossier|ticket|sinistre|reclamation|demande)\b", "any", "case.key"),
    (rf"^(?:case|ticket|incident|complaint) ?{KEY}$|^(?:ticket|dossier)$", "any", "case.key"),
    (r"ouverture|opened|reception|received", "time", "case.opened_at"),
    (r"accuse de|acknowledged", "time", "case.acknowledged_at"),
    (r"resolution|resolved|solved|resolu", "time", "case.resolved_at"),
    (r"cloture|closed|fermeture", "time", "case.closed_at"),
    (r"^(?:statut|status)\b", "words", "case.status"),
    (r"priorite|priority|gravite|severity|urgence|urgency", "words", "case.severity"),
    (r"^(?:cause|motif|reason|categorie|category|theme|issue)\b", "words", "case.cause"),
)
WORDS = re.compile(
    r"comment|verbatim|\bavis\b|review|message|reponse libre|remarque|texte?\b|contenu|content"
    r"|\bbody\b|corps|feedback|narrative|description|reclamation$"
)
NOT_THEIR_WORDS = re.compile(
    r"\breply\b|reponse (?:de|du|entreprise|marchand)|developer|company|\bid\b|\burl\b|date"
)
AT = re.compile(
    r"date|\bjour\b|\bday\b|heure|time|horodatage|timestamp|\bat$|\ble$|created|cree le"
)
IDENTIFIER = re.compile(
    r"\bids?\b|\bnum|numero|\bno\b|\bref|code|zip|postal|annee|year|\bage\b|latitude|longitude"
)
CASE_DETAILS = ("case.status", "case.severity", "case.cause")


@dataclass(frozen=True, slots=True)
class Held:
    """What kind of values a column holds."""

    kind: str
    longest_usual: float
    distinct: int


def guess(sight: Sight) -> Proposal:
    """A mapping for a file of no known shape; each role is given once."""
    columns: dict[str, list[str]] = {}
    held = {column: _held(sight.values(column)) for column in sight.columns}
    taken: set[str] = set()
    for column in sight.columns:
        role = _named_role(folded(column), held[column], taken)
        if role:
            columns[column] = [role]
            taken.add(role)
    _fall_back_on_values(sight, held, columns, taken)
    mapping = Mapping(columns=columns)
    proposal = Proposal(mapping)
    for column in sight.columns:
        if column not in columns:
            score = _score(sight, column, held[column])
            if score:
                place_score(proposal, sight, column, score)
    _settle_time(sight, held, mapping)
    _settle_cases(mapping)
    _settle_products(mapping)
    _settle_words(mapping)
    return proposal


def place_score(proposal: Proposal, sight: Sight, column: str, score: Score, own: str = "") -> None:
    """Give a column of scores its instrument and item, and say which scale was taken."""
    mapping = proposal.mapping
    instrument = score.instrument or own or slug(sight.name.rpartition(".")[0] or sight.name)
    usual = {"nps": "recommend", "csat": "overall", "ces": "effort"}
    path = f"{instrument}.{usual.get(instrument, slug(column))}"
    if path in mapping.scales:
        path = f"{instrument}.{slug(column)}"
    mapping.columns.setdefault(column, []).append(f"answer.{path}")
    mapping.scales[path] = (score.lowest, score.highest)
    if score.words:
        mapping.values[f"answer.{path}"] = score.words
    facts = {"column": column, "lowest": f"{score.lowest:g}", "highest": f"{score.highest:g}"}
    proposal.notices.append(Notice("scale_guessed", facts | {"instrument": instrument}))


def day_first_of(values: Sequence[str]) -> bool | None:
    """Whether the day stands first in dates like 03/04/2026; None when none settles it.

    >>> day_first_of(["03/04/2026", "21/04/2026"]), day_first_of(["03/04/2026"])
    (True, None)
    """
    for value in values:
        match = re.match(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{2}", value)
        if match and int(match[1]) > 12:
            return True
        if match and int(match[2]) > 12:
            return False
    return None


def is_ambiguous(values: Sequence[str]) -> bool:
    """Whether dates stand as two small numbers and a year, in an order that nothing tells."""
    return any(re.match(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}", value) for value in values)


def holds(values: Sequence[str]) -> str:
    """email, phone, time, number, text (long words), words, or nothing."""
    return _held(values).kind


def _held(values: Sequence[str]) -> Held:
    if not values:
        return Held("nothing", 0, 0)
    usual = sum(map(len, values)) / len(values)
    distinct = len(set(values))
    for kind, pattern in (("email", EMAIL), ("time", TIME), ("phone", PHONE), ("number", NUMBER)):
        if sum(1 for value in values if pattern.fullmatch(value)) >= MOST * len(values):
            if kind == "phone" and not _look_like_phones(values):
                continue
            return Held(kind, usual, distinct)
    spoken = sum(1 for value in values if " " in value) > len(values) / 2
    is_text = spoken and usual >= LONG_TEXT and distinct > len(values) / 3
    return Held("text" if is_text else "words", usual, distinct)


def _look_like_phones(values: Sequence[str]) -> bool:
    """Nine digits or more that begin as phone numbers do: identifiers and decimals do not."""
    phones = sum(
        1
        for value in values
        if value.startswith(("+", "0"))
        and sum(map(str.isdigit, value)) >= 9
        and not DECIMAL.fullmatch(value)
    )
    return phones >= MOST * len(values)


def _named_role(name: str, held: Held, taken: set[str]) -> str | None:
    for pattern, kind, role in NAMES:
        if role not in taken and re.search(pattern, name) and _fits(kind, held):
            return role
    return None


def _fits(kind: str, held: Held) -> bool:
    if held.kind == "nothing":
        return True
    if kind == "words":
        return held.kind in ("words", "text", "number")
    if kind == "phone":
        return held.kind in ("phone", "number")
    return kind in ("any", held.kind)


def _fall_back_on_values(
    sight: Sight, held: dict[str, Held], columns: dict[str, list[str]], taken: set[str]
) -> None:
    """What no name tells: addresses, phone numbers, and the column of longest words."""
    free = [column for column in sight.columns if column not in columns]
    for kind, role in (("email", "identity.email"), ("phone", "identity.phone")):
        found = next((column for column in free if held[column].kind == kind), None)
        if found and role not in taken:
            columns[found] = [role]
    spoken = _column_of_words(sight, held, free)
    if spoken and spoken not in columns:
        columns[spoken] = ["interaction.text"]


def _column_of_words(sight: Sight, held: dict[str, Held], free: list[str]) -> str | None:
    """The column of the customer's words: by its name if one tells, else the longest of all."""
    fit = [
        column
        for column in free
        if held[column].kind in ("text", "words")
        and not NOT_THEIR_WORDS.search(folded(column))
        and not sight.values(column)[0].startswith(("[", "{"))
    ]
    told = [column for column in fit if WORDS.search(folded(column))]
    long = [column for column in fit if held[column].kind == "text"]
    return max(told or long, key=lambda column: held[column].longest_usual, default=None)


def _score(sight: Sight, column: str, held: Held) -> Score | None:
    if held.kind not in ("number", "words") or not held.distinct:
        return None
    score = score_of(column, sight.values(column))
    if score is None or score.instrument is None or IDENTIFIER.search(folded(column)):
        return None
    return score


def _settle_time(sight: Sight, held: dict[str, Held], mapping: Mapping) -> None:
    if mapping.role_columns("case.opened_at"):
        return
    times = [column for column in sight.columns if held[column].kind == "time"]
    free = [column for column in times if column not in mapping.columns]
    named = [column for column in free if AT.search(folded(column))] or free
    if named:
        mapping.columns[named[0]] = ["at"]


def _settle_cases(mapping: Mapping) -> None:
    """Status, cause and severity belong to a case, and only where a case is told."""
    roles = {role for given in mapping.columns.values() for role in given}
    if not roles & {"case.key", "case.opened_at", "case.resolved_at", "case.closed_at"}:
        for column in [c for c, given in mapping.columns.items() if given[0] in CASE_DETAILS]:
            del mapping.columns[column]
        return
    if "interaction.text" in roles:
        for column in mapping.role_columns("case.key"):
            mapping.columns[column].append("interaction.case_key")
    for column in mapping.role_columns("case.opened_at"):
        mapping.columns[column].append("at")


def _settle_products(mapping: Mapping) -> None:
    """A product was bought where money moved; else it says something of the customer, if known."""
    roles = {role for given in mapping.columns.values() for role in given}
    if roles & {"transaction.amount", "transaction.unit_price"}:
        return
    has_customer = any(role.startswith("identity.") for role in roles)
    for column in mapping.role_columns("transaction.product"):
        if has_customer:
            mapping.columns[column] = ["attribute.product"]
        else:
            del mapping.columns[column]


def _settle_words(mapping: Mapping) -> None:
    """Words are taken for the customer's; where nobody is named, the language is that of the words."""
    roles = {role for given in mapping.columns.values() for role in given}
    if "interaction.text" not in roles:
        return
    if "interaction.direction" not in roles:
        mapping.constants["interaction.direction"] = "in"
    if not any(role.startswith("identity.") for role in roles):
        for column in mapping.role_columns("customer.language"):
            mapping.columns[column] = ["interaction.language"]
