"""What the engine refuses, and why.

EngineError
├── NotMeasurable        the evidence given cannot carry the figure asked
│   ├── NoRatings        no answer to measure
│   ├── TooFewRespondents
│   └── …                each room adds its own, beside the measure that raises it
└── BrokenContract       a table or array does not have the shape it must have
    ├── RatingOutOfScale
    ├── NotFinite        NaN or infinity where a number is needed
    └── MissingColumns

Every error carries what a person needs to act; its text is the fact, in English, and its class
name and fields are what the pages translate from.
"""


class EngineError(Exception):
    """The engine refuses, and nothing was computed."""


class NotMeasurable(EngineError):
    """The evidence given cannot carry the figure asked."""


class NoRatings(NotMeasurable):
    """There is no answer to measure."""

    def __init__(self, what: str = "ratings") -> None:
        super().__init__(f"there are no {what} to measure")


class TooFewRespondents(NotMeasurable):
    """There are answers, but fewer than the measure needs."""

    def __init__(self, have: int, need: int) -> None:
        self.have, self.need = have, need
        super().__init__(f"{have} respondents answered, {need} are needed")


class BrokenContract(EngineError):
    """A table or array does not have the shape it must have."""


class RatingOutOfScale(BrokenContract):
    """A rating lies outside its scale."""


class NotFinite(BrokenContract):
    """NaN or infinity stands where a number is needed."""


class MissingColumns(BrokenContract):
    """A table lacks columns that the evidence contract names."""

    def __init__(self, table: str, columns: list[str]) -> None:
        self.table, self.columns = table, columns
        super().__init__(f"table {table} lacks {', '.join(columns)}")
