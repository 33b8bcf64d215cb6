"""What the columns of an export mean.

A mapping gives each column one or more *roles*. A role is a path:

    identity.email, identity.phone       who, as any source would know them
    identity.key                         who, as this source knows them
    identity.key.NAME                    another key of theirs, where a source has several
    identity.interaction_key             who, by an interaction of theirs already known (the order a
                                         payment settles); it dates the row too, where nothing does
    customer.name, customer.language…    what is known of them
    attribute.NAME                       whatever else is worth keeping of them
    at                                   when, for everything the row makes
    interaction.text, interaction.channel…
    transaction.amount, transaction.unit_price…
    answer.INSTRUMENT.ITEM               a score; answer_text.INSTRUMENT.ITEM its words
    case.key, case.opened_at…
    agreement.text…, consent.purpose…

One row of an export makes at most one customer, interaction, transaction, case, agreement and
consent, and any number of answers. Columns without a role are left out, and the person is told.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ROLES: dict[str, tuple[str, ...]] = {
    "identity": ("email", "phone", "key", "interaction_key"),
    "customer": ("kind", "name", "first_name", "last_name", "language", "since"),
    "interaction": (
        "key", "at", "answered_at", "ended_at", "channel", "direction", "activity", "title", "text",
        "language", "agent_id", "wait_seconds", "handle_seconds", "abandoned", "case_key",
    ),
    "transaction": ("key", "at", "amount", "quantity", "unit_price", "currency", "margin", "product", "kind"),
    "response": ("key", "at"),
    "case": (
        "key", "opened_at", "acknowledged_at", "resolved_at", "closed_at", "kind", "cause",
        "remedy_asked", "remedy_given", "severity", "status", "reopened",
    ),
    "agreement": ("key", "kind", "text", "from", "until", "kept"),
    "consent": ("purpose", "given_at", "withdrawn_at"),
}  # fmt: skip
OPEN_ROLES = ("attribute", "answer", "answer_text")

TimeUnit = Literal["seconds", "milliseconds", "minutes", "hours"]


class Mapping(BaseModel):
    """How one named source says things.

    columns: column name → its roles. Two columns with the role interaction.text are joined in
        file order, a blank line between; likewise first and last names, by a space.
    constants: role → value for every row, where no column says it.
    values: role → {as written: as stored}, matched without case; unlisted values pass unchanged.
    units: role → unit of a duration, when it is not seconds.
    versions: instrument → the version that travels with each of its answers.
    scales: instrument.item → lowest and highest value allowed.
    key_space: the system whose keys these are, shared by all the files that it exports (the orders
        and the payments of one shop); empty, the source's own name.
    """

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, list[str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    units: dict[str, TimeUnit] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    scales: dict[str, tuple[float, float]] = Field(default_factory=dict)
    timezone: str = "Europe/Paris"
    day_first: bool | None = None
    decimal_comma: bool | None = None
    currency: str = "EUR"
    country: str = "FR"
    key_space: str = ""

    def role_columns(self, role: str) -> list[str]:
        """The columns that play a role, in the order they stand."""
        return [column for column, roles in self.columns.items() if role in roles]


def is_role(path: str) -> bool:
    """Whether a path names a role.

    >>> is_role("interaction.text"), is_role("answer.nps.recommend"), is_role("interaction.shoes")
    (True, True, False)
    """
    if path == "at":
        return True
    family, _, rest = path.partition(".")
    if path.startswith("identity.key."):
        return path != "identity.key."
    if family in OPEN_ROLES:
        return bool(rest) and (family == "attribute" or "." in rest)
    return rest in ROLES.get(family, ())
