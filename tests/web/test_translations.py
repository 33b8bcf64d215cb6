"""Every French sentence that people read has its English, and no English outlives its sentence."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

WEB = Path(__file__).resolve().parents[2] / "src" / "entregent" / "web"
ROOMS = sorted(path.parent.name for path in WEB.glob("*/apps.py"))
# settings.py and the other files of the house itself speak through the shared room.
EXTRA = {"shared": sorted(WEB.glob("*.py"))}
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
OPTIONS = {"encoding": "utf-8"}
STRING = r"""(?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
# What Django makes of a template is no Python, but the calls in it are.
CALL = re.compile(
    rf"(?:(?:np|n|p)?gettext|\b_)\(\s*{STRING}(?:\s*,\s*{STRING})*\s*(?:,\s*count)?\s*\)"
)
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%d|%%")


def _said(room: str) -> dict[str | tuple[str, str], str]:
    """Every sentence of a room → where it is said."""
    found: dict[str | tuple[str, str], str] = {}
    python = [path for path in (WEB / room).rglob("*.py") if "migrations" not in path.parts]
    for path in [*python, *EXTRA.get(room, [])]:
        _collect(found, path, path.read_text("utf-8"))
    for path in (WEB / room).rglob("templates/**/*.html"):
        calls = CALL.findall(templatize(path.read_text("utf-8"), origin=str(path)))
        _collect(found, path, "\n".join(calls))
    return found


def _collect(found, path, code):
    for line, function, said, _ in extract_python(io.BytesIO(code.encode()), KEYWORDS, [], OPTIONS):
        singular, plural = None, None
        if isinstance(said, tuple):
            texts = [text for text in said if text is not None]
            if function.startswith(("p", "np")):
                texts = texts[1:]
            singular, plural = (
                texts[0],
                texts[1] if "n" in function[:2] and len(texts) > 1 else None,
            )
        else:
            singular = said
        if singular:
            found[(singular, plural) if plural else singular] = f"{path.relative_to(WEB)}:{line}"


def _english(room: str):
    path = WEB / room / "locale" / "en" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return {}
    with path.open("rb") as lines:
        return {message.id: message for message in read_po(lines, locale="en") if message.id}


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_has_its_english(room):
    english = _english(room)
    missing = {
        said: place
        for said, place in _said(room).items()
        if said not in english or not _whole(english[said].string)
    }
    assert not missing


@pytest.mark.parametrize("room", ROOMS)
def test_no_english_outlives_its_sentence(room):
    assert not set(_english(room)) - set(_said(room))


@pytest.mark.parametrize("room", ROOMS)
def test_translations_keep_what_is_filled_in_and_are_not_in_doubt(room):
    for said, message in _english(room).items():
        assert not message.fuzzy, said
        if isinstance(said, str):
            assert sorted(PLACEHOLDER.findall(said)) == sorted(
                PLACEHOLDER.findall(message.string)
            ), said


def _whole(string: str | tuple[str, ...]) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def test_the_sentences_are_really_read():
    assert "Qui sont nos clients\u202f?" in _said("customers")
    assert any(isinstance(said, tuple) for said in _said("customers"))
