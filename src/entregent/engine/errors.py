"""What the engine refuses, and why.

EngineError
├── NotMeasurable        the evidence given cannot carry the figure asked
│   ├── NoRatings        no answer to measure
│   ├── TooFewRespondents
│   ├── ConstantColumn   everybody answered the same, so nothing varies with it
│   ├── Collinear        columns that say the same thing cannot be told apart
│   ├── DidNotConverge
│   └── …                each room adds its own, beside the measure that raises it
└── BrokenContract       a table or array does not have the shape it must have
    ├── RatingOutOfScale
    ├── NotFinite        NaN or infinity where a number is needed
    ├── LengthsDiffer    columns that should run side by side do not
    ├── MixedVersions    answers to two versions of an instrument in one figure
    ├── UnknownOption
    └── MissingColumns

Every error carries what a person needs to act; its text is the fact, in English, and its class
name and fields are what the pages translate from.
"""

from collections.abc import Iterable, Sequence


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


class ConstantColumn(NotMeasurable):
    """A column holds one value only, so nothing can vary with it."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        verb = "holds" if len(self.columns) == 1 else "hold"
        super().__init__(f"{', '.join(self.columns)} {verb} the same value for everybody")


class Collinear(NotMeasurable):
    """A column is a combination of others, so their parts cannot be told apart."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        super().__init__(
            f"{', '.join(self.columns)} say the same thing between them; leave one of them out"
        )


class DidNotConverge(NotMeasurable):
    """The search for the best fit stopped before it settled."""

    def __init__(self, what: str, steps: int) -> None:
        self.steps = steps
        super().__init__(f"{what} did not settle within {steps} steps")


class BrokenContract(EngineError):
    """A table or array does not have the shape it must have."""


class RatingOutOfScale(BrokenContract):
    """A rating lies outside its scale."""


class NotFinite(BrokenContract):
    """NaN or infinity stands where a number is needed."""


class LengthsDiffer(BrokenContract):
    """Columns that should run side by side have different lengths."""

    def __init__(self, lengths: dict[str, int]) -> None:
        self.lengths = lengths
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        super().__init__(f"columns do not run side by side: {listed}")


class MixedVersions(BrokenContract):
    """Answers to two versions of an instrument stand in one figure."""

    def __init__(self, instrument: str, versions: Iterable[str]) -> None:
        self.instrument, self.versions = instrument, sorted(versions)
        super().__init__(
            f"answers to {instrument} mix versions {' and '.join(self.versions)}; "
            "choose one, or group by version"
        )


class UnknownOption(BrokenContract):
    """An option has a name that the measure does not know."""

    def __init__(self, option: str, given: object, known: Iterable[str]) -> None:
        self.option, self.given, self.known = option, given, list(known)
        super().__init__(f"{option} is {given!r}; it can be {', '.join(self.known)}")


class MissingColumns(BrokenContract):
    """A table lacks columns that the evidence contract names."""

    def __init__(self, table: str, columns: list[str]) -> None:
        self.table, self.columns = table, columns
        super().__init__(f"table {table} lacks {', '.join(columns)}")
