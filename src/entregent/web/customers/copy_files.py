"""A customer's own copy as files: to read, in French and in English, and for a machine."""

import io
import json
import zipfile
from pathlib import Path

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone, translation

from entregent.web.customers.copies import Rows, Whose, parts_of
from entregent.web.customers.queries.copy import everything_held, with_merged
from entregent.web.evidence.models import Customer
from entregent.web.workspace.models import this_workspace

STYLE = Path(__file__).parent / "static" / "customers" / "copy.css"
READ = {"fr": "votre-copie.html", "en": "your-copy.html"}
MACHINE = "data.json"


def copy_as_zip(customer: Customer) -> bytes:
    """Two pages that open anywhere and print well, and one JSON file of every row."""
    whose = Whose(customer, with_merged(customer))
    now, firm = timezone.now(), str(this_workspace())
    files: dict[str, str] = {}
    told: dict[str, Rows] = {}
    for language, name in READ.items():
        with translation.override(language):
            parts = parts_of(whose)
            told = {part: its.rows for part, its in parts.items() if its.rows}
            context = {
                "customer": customer, "parts": parts, "now": now, "firm": firm,
                "style": STYLE.read_text(),
            }  # fmt: skip
            files[name] = render_to_string("customers/copy_document.html", context)
    held = {"made_at": now, "firm": firm, **everything_held(customer), "derived": told}
    files[MACHINE] = json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()
