"""Public reviews: a rating, words, sometimes a name."""

from entregent.adapters.readers.shape import Shape, telling

REVIEW = {
    "interaction.channel": "review",
    "interaction.direction": "in",
    "interaction.activity": "review",
}
STARS = {"csat.rating": (1.0, 5.0)}

GOOGLE_PLAY = Shape(
    code="google_play",
    name="Google Play reviews",
    about="monthly report as CSV, UTF-16",
    telling=(telling("package name", "star rating", "review text", "review link"),),
    samples=("google_play.csv",),
    columns={
        "review link": ("interaction.key", "response.key"),
        "review submit date and time": ("at",),
        "reviewer language": ("interaction.language",),
        "star rating": ("answer.csat.rating",),
        "review title": ("interaction.title",),
        "review text": ("interaction.text",),
    },
    constants=REVIEW,
    scales=STARS,
    settings={"timezone": "UTC"},
)

TRUSTPILOT = Shape(
    code="trustpilot",
    name="Trustpilot",
    about="reviews, as the interface returns them or flattened to a table",
    telling=(
        telling("id", "stars", "title", "text", "consumer.id"),
        telling("id", "stars", "title", "text", "createdat", "isverified"),
    ),
    samples=("trustpilot.json",),
    columns={
        "id": ("interaction.key", "response.key"),
        "createdat": ("at",),
        "stars": ("answer.csat.rating",),
        "title": ("interaction.title",),
        "text": ("interaction.text",),
        "language": ("interaction.language",),
        "consumer.id": ("identity.key",),
        "consumer.displayname": ("customer.name",),
    },
    constants=REVIEW,
    scales=STARS,
)

APP_STORE = Shape(
    code="app_store",
    name="App Store reviews",
    about="customer reviews, as the interface returns them or as a table",
    telling=(
        telling("rating", "title", "body", "reviewernickname", "createddate"),
        telling("attributes.rating", "attributes.body", "attributes.reviewernickname"),
    ),
    samples=("app_store.csv",),
    columns={
        "id": ("interaction.key", "response.key"),
        **{
            name: roles
            for prefix in ("", "attributes.")
            for name, roles in {
                f"{prefix}createddate": ("at",),
                f"{prefix}rating": ("answer.csat.rating",),
                f"{prefix}title": ("interaction.title",),
                f"{prefix}body": ("interaction.text",),
                f"{prefix}reviewernickname": ("customer.name",),
            }.items()
        },
    },
    constants=REVIEW,
    scales=STARS,
)

INSURANCE_REVIEWS = Shape(
    code="insurance_reviews",
    name="Insurance reviews (French)",
    about="rating, words, insurer and product of public reviews of insurers",
    telling=(telling("note", "avis", "assureur", "produit", "date_publication"),),
    samples=("avis_assurance.csv",),
    columns={
        "note": ("answer.csat.overall",),
        "avis": ("interaction.text",),
        "assureur": ("attribute.insurer",),
        "produit": ("attribute.product",),
        "date_publication": ("at",),
    },
    constants={**REVIEW, "interaction.language": "fr", "customer.language": "fr"},
    scales={"csat.overall": (1, 5)},
)

SHAPES = (GOOGLE_PLAY, TRUSTPILOT, APP_STORE, INSURANCE_REVIEWS)
