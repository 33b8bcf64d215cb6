"""The documents keep step with the code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_the_reference_pages_are_what_the_code_says():
    said = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.stdout, said.returncode) == ("", 0)


def test_every_setting_is_documented():
    read = set(
        re.findall(
            r'"(ENTREGENT_\w+|DATABASE_URL)"', (ROOT / "src/entregent/web/settings.py").read_text()
        )
    )
    written = set(
        re.findall(r"^\| `(\w+)`", (ROOT / "docs/reference/settings.md").read_text(), re.MULTILINE)
    )
    assert read == written


@pytest.mark.parametrize(
    "document",
    [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"],
    ids=lambda document: document.name,
)
def test_links_between_documents_lead_somewhere(document):
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_a_decision_has_a_sentence_for_a_title():
    for page in (ROOT / "docs/decisions").glob("*.md"):
        assert page.read_text().startswith("# "), page
        assert len(page.read_text().splitlines()[0].split()) > 4, page
