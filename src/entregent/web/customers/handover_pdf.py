"""The hand-over sheet as a PDF, from the page's own HTML."""

from pathlib import Path
from typing import Any

import weasyprint
from django.template.loader import render_to_string

STYLE = Path(__file__).parent / "static" / "customers" / "handover.css"


def handover_as_pdf(context: dict[str, Any]) -> bytes:
    """Two A4 pages at most for most people."""
    html = render_to_string("customers/handover_document.html", context)
    document = weasyprint.HTML(string=html, url_fetcher=_nothing_fetched)
    return bytes(document.write_pdf(stylesheets=[weasyprint.CSS(filename=STYLE)]))


def _nothing_fetched(url: str, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
    # Texts come from anywhere: no address in them may make the server call out.
    raise ValueError(url)
