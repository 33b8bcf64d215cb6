"""Files made for tests, and imports of them."""

import io

from entregent.adapters.intake.mapping import Mapping
from entregent.web.evidence.models import Import
from entregent.web.sources import actions

MESSAGES = Mapping(
    columns={
        "id": ["interaction.key"], "client": ["identity.key"], "mail": ["identity.email"], "tel": ["identity.phone"],
        "quand": ["at"], "mots": ["interaction.text"], "ville": ["attribute.ville"],
    },
    constants={"interaction.channel": "email", "interaction.direction": "in"},
    timezone="UTC",
)  # fmt: skip
HEADER = "id,client,mail,tel,quand,mots,ville"


def lines(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def receive(
    content: bytes,
    *,
    mapping: Mapping = MESSAGES,
    source: str = "Boîte mail",
    name: str = "boite.csv",
) -> Import:
    of_import = actions.receive_file(file=io.BytesIO(content), name=name, by=None)
    return actions.settle_import(
        of_import=of_import, source_name=source, mapping=mapping, choices={}, shape="", by=None
    )


def imported(content: bytes, *, batch_size: int = 20_000, **how) -> Import:
    return actions.run_import(receive(content, **how).pk, batch_size=batch_size)


def account(of_import: Import) -> tuple[int, int, int, int, int]:
    of_import.refresh_from_db()
    return (
        of_import.rows_read,
        of_import.created,
        of_import.updated,
        of_import.unchanged,
        of_import.rejected,
    )
