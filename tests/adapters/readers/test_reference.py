"""The reference page says what the readers know."""

from pathlib import Path

from entregent.adapters.readers.reference import formats_page
from entregent.adapters.readers.shapes import SHAPES

PAGE = Path(__file__).parents[3] / "docs/reference/formats.md"


def test_the_page_is_what_the_code_says():
    assert PAGE.read_text() == formats_page()


def test_the_page_names_every_shape():
    page = PAGE.read_text()

    assert [shape.code for shape in SHAPES if f"`{shape.code}`" not in page] == []
