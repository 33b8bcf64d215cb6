"""Every reason and notice has its sentence, in French and in English."""

import ast
import string
from pathlib import Path

import pytest

from entregent.adapters.readers import Notice, Reason
from entregent.adapters.readers.sentences import NOTICES, REASONS, ROW_REASONS, sentence

PACKAGE = Path(__file__).parents[3] / "src/entregent"
READERS = PACKAGE / "adapters/readers"


def calls(name, *folders):
    """The codes that each call of Reason or Notice in the readers can say."""
    for path in [path for folder in folders or (READERS,) for path in folder.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name and node.args:
                yield from (
                    part.value
                    for part in _results(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )


def _results(node):
    """What an expression can come to: itself, or either side of a choice."""
    return [*_results(node.body), *_results(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def test_every_reason_said_in_the_code_has_a_sentence():
    said = set(calls("Reason"))

    # These four are chosen by an expression before the call.
    chosen = {"half_a_line", "too_few_cells", "entities_refused", "cut_short"}
    assert said | chosen == set(REASONS)


def test_every_notice_said_in_the_code_has_a_sentence():
    assert set(calls("Notice")) == set(NOTICES)


def test_every_reason_to_refuse_a_row_that_was_read_has_a_sentence():
    folders = PACKAGE / "adapters/intake", PACKAGE / "web/evidence", PACKAGE / "web/sources"
    said = {*calls("Reason", *folders), *calls("Unreadable", *folders)}

    assert said - set(REASONS) == set(ROW_REASONS)


@pytest.mark.parametrize("code", [*REASONS, *ROW_REASONS, *NOTICES])
def test_both_languages_ask_for_the_same_facts(code):
    sentences = (REASONS | ROW_REASONS | NOTICES)[code]
    french, english = sentences["fr"], sentences["en"]
    asked = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in (french, english)
    ]

    assert asked[0] == asked[1]


def test_french_keeps_its_marks_on_the_line():
    said = sentence(Notice("delimiter_guessed", {"delimiter": ";"}), "fr")

    assert said == "Colonnes séparées par «\u00a0;\u00a0»."
    assert sentence(Reason("directory"), "en").startswith("This is a folder.")


def test_a_reason_without_its_facts_still_makes_a_sentence():
    assert sentence(Reason("not_a_number"), "en") == "“…” is no number."
