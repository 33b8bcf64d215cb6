"""Address books: one row per contact."""

from entregent.adapters.readers.shape import Shape, telling

CHATWOOT = Shape(
    code="chatwoot_contacts",
    name="Chatwoot contacts",
    about="contacts as CSV",
    telling=(telling("name", "email", "identifier", "phone_number"),),
    samples=("chatwoot_contacts.csv",),
    columns={
        "name": ("customer.name",),
        "email": ("identity.email",),
        "identifier": ("identity.key",),
        "phone_number": ("identity.phone",),
    },
)

SHAPES = (CHATWOOT,)
