"""Telephone systems: one row per call."""

from entregent.adapters.readers.shape import Cells, Shape, cells_of, telling

AIRCALL = Shape(
    code="aircall",
    name="Aircall",
    about="calls; times in Unix seconds, the wait runs from the start to the answer",
    telling=(
        telling("direction", "started_at", "answered_at", "ended_at", "raw_digits"),
        telling("direction", "started_at", "answered_at", "missed_call_reason"),
    ),
    samples=("aircall.json",),
    columns={
        "id": ("interaction.key",),
        "direction": ("interaction.direction",),
        "started_at": ("interaction.at",),
        "answered_at": ("interaction.answered_at",),
        "ended_at": ("interaction.ended_at",),
        "raw_digits": ("identity.phone",),
        "missed_call_reason": ("interaction.activity",),
        "user.email": ("interaction.agent_id",),
        "contact.first_name": ("customer.first_name",),
        "contact.last_name": ("customer.last_name",),
    },
    constants={"interaction.channel": "phone", "interaction.activity": "call"},
    values={
        "interaction.direction": {"inbound": "in", "outbound": "out"},
        "identity.phone": {"anonymous": ""},
        "interaction.activity": {
            reason: f"missed call: {reason.replace('_', ' ')}"
            for reason in (
                "out_of_opening_hours", "short_abandoned", "abandoned_in_ivr",
                "abandoned_in_classic", "no_available_agent", "agents_did_not_answer",
            )
        },
    },
)  # fmt: skip


def _five9_customer(cells: Cells) -> Cells:
    """The caller's number when they call, the called number when the firm does."""
    kinds = cells_of(cells, "CALL TYPE")
    pairs = zip(kinds, cells_of(cells, "ANI"), cells_of(cells, "DNIS"), strict=True)
    return {
        "CUSTOMER NUMBER": [ani if "inbound" in kind.lower() else dnis for kind, ani, dnis in pairs]
    }


FIVE9 = Shape(
    code="five9",
    name="Five9",
    about="call log report",
    telling=(telling("call id", "timestamp", "campaign", "call type", "disposition", "ani", "dnis"),),
    samples=("five9.csv",),
    columns={
        "call id": ("interaction.key",),
        "timestamp": ("interaction.at",),
        "call type": ("interaction.direction",),
        "agent": ("interaction.agent_id",),
        "disposition": ("interaction.activity",),
        "customer number": ("identity.phone",),
        "queue wait time": ("interaction.wait_seconds",),
        "handle time": ("interaction.handle_seconds",),
        "abandoned": ("interaction.abandoned",),
    },
    constants={"interaction.channel": "phone"},
    values={
        "interaction.direction": {
            "inbound": "in", "3rd party transfer": "in", "queue callback": "out",
            "outbound": "out", "manual": "out", "autodial": "out", "internal": "internal",
        },
        "interaction.agent_id": {"[none]": "", "[deleted]": ""},
    },
    derived=("CUSTOMER NUMBER",),
    derive=_five9_customer,
)  # fmt: skip

SHAPES = (AIRCALL, FIVE9)
