"""Event logs of process mining: one row per event of a case."""

from entregent.adapters.readers.shape import Shape, telling

EVENT_LOG = Shape(
    code="event_log",
    name="Event log",
    about="XES (IEEE 1849), or the same columns in a table",
    telling=(
        telling("case:concept:name", "concept:name", "time:timestamp"),
        telling("case:concept:name", "concept:name"),
    ),
    samples=("journal_sinistres.xes",),
    columns={
        "case:concept:name": ("case.key", "interaction.case_key"),
        "concept:name": ("interaction.activity",),
        "case:first:timestamp": ("case.opened_at",),
        "time:timestamp": ("at",),
        "org:resource": ("interaction.agent_id",),
        "case:customer": ("identity.key",),
    },
    constants={"case.kind": "request", "interaction.direction": "internal"},
    formats=("xes", "csv", "tsv", "xlsx", "parquet", "json", "jsonl"),
)

SHAPES = (EVENT_LOG,)
