"""The new words of a mail, apart from those it answers and from the signature."""

import re
from html.parser import HTMLParser

# Lines after which everything is an earlier mail, as mail programs write them.
ANSWERED = re.compile(
    r"\s*(?:"
    r"(?:Le|On|El|Am|Il)\b.{3,200}?(?:a écrit|wrote|escribió|schrieb|ha scritto)\s*:?"
    r"|-{2,}\s*(?:Message d.origine|Message transféré|Original Message|Forwarded message)\s*-{2,}.*"
    r"|_{10,}"
    r"|(?:De|From)\s*:\s.+"
    r")\s*",
    re.IGNORECASE,
)
HEADER_LINE = re.compile(r"\s*(?:Envoyé|Sent|Date|À|A|To|Objet|Subject|Cc)\s*:", re.IGNORECASE)
SIGNED = re.compile(
    r"(?:-- ?|\s*(?:Envoyé (?:de|depuis|à partir)|Sent from|Get Outlook|Obtenez Outlook)\b.*)",
    re.IGNORECASE,
)
LONGEST_INTRODUCTION = 3


def parted(body: str) -> tuple[str, str]:
    """The new words, and the rest: earlier mails and signature.

    >>> parted("Merci !\\n\\nLe 3 mars 2026, Léa Roy a écrit :\\n> Voici votre devis.")
    ('Merci !', 'Le 3 mars 2026, Léa Roy a écrit :\\n> Voici votre devis.')
    """
    new: list[str] = []
    rest: list[str] = []
    lines = body.replace("\r\n", "\n").split("\n")
    for place, line in enumerate(lines):
        if _begins_earlier_mail(lines, place) or SIGNED.fullmatch(line):
            rest.extend(lines[place:])
            break
        # Answers written between the quoted lines are new words.
        (rest if line.startswith(">") else new).append(line)
    return "\n".join(new).strip(), "\n".join(rest).strip()


def _begins_earlier_mail(lines: list[str], place: int) -> bool:
    line = lines[place]
    if re.match(r"\s*(?:De|From)\s*:\s", line, re.IGNORECASE):
        following = [text for text in lines[place + 1 : place + 6] if text.strip()]
        return sum(1 for text in following if HEADER_LINE.match(text)) >= 2
    # A long introduction is folded over several lines.
    for count in range(1, LONGEST_INTRODUCTION + 1):
        folded = " ".join(lines[place : place + count])
        if ANSWERED.fullmatch(folded):
            return True
    return False


def html_text(html: str) -> str:
    """The words of an HTML body, quoted blocks marked by `>` as in plain mails."""
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Words(HTMLParser):
    BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote"})
    SILENT = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.quoted = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.silent += tag in self.SILENT
        self.quoted += tag == "blockquote"
        if tag in self.BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT and self.silent > 0
        self.quoted -= tag == "blockquote" and self.quoted > 0
        if tag in self.BREAKS and tag != "br":
            self._break()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data.replace("\n", " "))

    def _break(self) -> None:
        self.parts.append("\n" + ("> " if self.quoted else ""))
