"""The evidence contract as tables of the operational store, and where each row came from."""

from entregent.web.evidence.models.customers import Customer, CustomerSummary, Identity
from entregent.web.evidence.models.derived import CodedSegment, CodedText, Watermark
from entregent.web.evidence.models.provenance import (
    IdentityConflict,
    Import,
    RejectedRow,
    ReplacedRow,
    Source,
)
from entregent.web.evidence.models.records import (
    Agreement,
    Answer,
    Case,
    Consent,
    Interaction,
    Transaction,
)
from entregent.web.evidence.models.snapshot import StaleRow

__all__ = [
    "Agreement", "Answer", "Case", "CodedSegment", "CodedText", "Consent", "Customer", "CustomerSummary", "Identity",
    "IdentityConflict", "Import", "Interaction", "RejectedRow", "ReplacedRow", "Source", "StaleRow",
    "Transaction", "Watermark",
]  # fmt: skip
