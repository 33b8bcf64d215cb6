"""Survey tools: one row per respondent, one column per question."""

import json
import re

from entregent.adapters.readers.batches import Notice
from entregent.adapters.readers.guessing import holds, place_score
from entregent.adapters.readers.scales import score_of, slug
from entregent.adapters.readers.shape import (
    Cells,
    Proposal,
    Shape,
    Sight,
    cells_of,
    telling,
)

# What the tools add to each answer about themselves: no question was asked there.
NO_QUESTION = re.compile(
    r"status|ipaddress|progress|duration \(in seconds\)|finished|recipient.*|externalreference"
    r"|location(latitude|longitude)|distributionchannel|userlanguage|.*_nps_group|seed|lastpage"
    r"|ip ?addr|refurl|refererurl|.*time|collector id|ip address|custom data \d+|#|network id"
    r"|start ?date.*|end ?date|recordeddate|tags|ending|response type|date (de )?(soumission|début)"
    r"|dernière page|tête de série|langue de départ|code",
    re.IGNORECASE,
)


def questions(sight: Sight, proposal: Proposal) -> None:
    """Give every question its answer role: a score on its scale, or words."""
    mapping = proposal.mapping
    survey = slug(re.sub(r"\.[a-z.]{2,8}$", "", sight.name.lower())) or "survey"
    has_words = False
    for column in sight.columns:
        values = sight.values(column)
        if column in mapping.columns or NO_QUESTION.fullmatch(column) or not values:
            continue
        kind = holds(values)
        if kind in ("email", "phone"):
            mapping.columns[column] = [f"identity.{kind}"]
            continue
        score = score_of(f"{column} {sight.label(column)}", values) if kind != "text" else None
        if score:
            place_score(proposal, sight, column, score, survey)
            continue
        mapping.columns[column] = [f"answer_text.{survey}.{slug(column)}"]
        if kind == "text":
            mapping.columns[column].append("interaction.text")
            has_words = True
    if has_words:
        mapping.constants |= {"interaction.channel": "survey", "interaction.direction": "in"}


def _qualtrics_header(sight: Sight) -> int:
    """The wording of the questions, then a row of import identifiers."""
    first = sight.columns[0]
    for place, cell in enumerate(sight.cells.get(first, ())[:2]):
        if _is_import_id(cell):
            return place + 1
    return 0


def _is_import_id(cell: str) -> bool:
    try:
        return "ImportId" in json.loads(cell)
    except (ValueError, TypeError):
        return False


def _surveymonkey_header(sight: Sight) -> int:
    """The second row says which answer each column holds; it has no respondent."""
    respondents = cells_of(sight.cells, *(c for c in sight.columns if c.lower() == "respondent id"))
    return 1 if respondents and not respondents[0].strip() else 0


def _surveymonkey_names(columns: tuple[str, ...], extra: list[list[str]]) -> tuple[str, ...]:
    """A question with several columns is named in the first; the second row tells them apart."""
    names: list[str] = []
    question = ""
    for place, (column, part) in enumerate(zip(columns, extra[0], strict=True)):
        unnamed = column == f"#{place + 1}"
        question = question if unnamed else column
        plain = not part.strip() or part.strip().lower() in (
            "open-ended response",
            "response",
            "réponse ouverte",
            "réponse",
        )
        several = unnamed or (place + 1 < len(columns) and columns[place + 1] == f"#{place + 2}")
        name = f"{question} — {part.strip()}" if several and part.strip() else question
        if plain and not several:
            name = question
        names.append(name if name not in names else f"{name} ({place + 1})")
    return tuple(names)


def _formbricks_columns(cells: Cells) -> Cells:
    """One column per question, out of one row per answer."""
    fields = cells_of(cells, "field_id")
    kinds = cells_of(cells, "field_type")
    numbers, texts = cells_of(cells, "value_number"), cells_of(cells, "value_text")
    truths, dates = cells_of(cells, "value_boolean"), cells_of(cells, "value_date")
    found: Cells = {}
    for place, (name, kind) in enumerate(zip(fields, kinds, strict=True)):
        column = found.setdefault(f"{kind}:{name}", [""] * len(fields))
        column[place] = next(
            (said[place] for said in (numbers, texts, truths, dates) if said[place]), ""
        )
    return found


def _formbricks_questions(sight: Sight, proposal: Proposal) -> None:
    mapping = proposal.mapping
    for column in sight.columns:
        kind, mark, name = column.partition(":")
        values = sight.values(column)
        if not mark or column in mapping.columns or not values:
            continue
        score = None
        if kind in ("nps", "csat", "ces", "rating", "number"):
            score = score_of(kind if kind != "number" else name, values)
        if score:
            place_score(proposal, sight, column, score, "formbricks")
        else:
            mapping.columns[column] = [f"answer_text.formbricks.{slug(name)}"]
            if kind == "text":
                mapping.columns[column].append("interaction.text")
    mapping.constants |= {"interaction.channel": "survey", "interaction.direction": "in"}


QUALTRICS = Shape(
    code="qualtrics",
    name="Qualtrics",
    about="responses as CSV, three header rows",
    telling=(
        telling("startdate", "enddate", "recordeddate", "responseid", "distributionchannel"),
        telling("startdate", "enddate", "progress", "finished", "responseid"),
    ),
    samples=("qualtrics.csv",),
    columns={
        "responseid": ("response.key",),
        "enddate": ("at",),
        "recipientemail": ("identity.email",),
        "externalreference": ("identity.key",),
        "recipientfirstname": ("customer.first_name",),
        "recipientlastname": ("customer.last_name",),
        "userlanguage": ("customer.language",),
    },
    header_rows=_qualtrics_header,
    refine=questions,
)

LIMESURVEY = Shape(
    code="limesurvey",
    name="LimeSurvey",
    about="responses as CSV or TSV; question codes or wordings as headers, in English or French",
    telling=(
        telling("id", "submitdate", "lastpage", "startlanguage"),
        telling("id de la réponse", "date de soumission", "dernière page", "langue de départ"),
        telling("response id", "date submitted", "last page", "start language"),
    ),
    samples=("limesurvey.csv",),
    columns={
        "id": ("response.key",),
        "id de la réponse": ("response.key",),
        "response id": ("response.key",),
        "submitdate": ("at",),
        "date de soumission": ("at",),
        "date submitted": ("at",),
        "datestamp": ("at",),
        "token": ("identity.key",),
        "startlanguage": ("customer.language",),
        "langue de départ": ("customer.language",),
        "start language": ("customer.language",),
    },
    refine=questions,
)

SURVEYMONKEY = Shape(
    code="surveymonkey",
    name="SurveyMonkey",
    about="all responses as CSV or XLSX, two header rows",
    telling=(telling("respondent id", "collector id", "start date", "end date"),),
    samples=("surveymonkey.csv",),
    columns={
        "respondent id": ("response.key",),
        "end date": ("at",),
        "email address": ("identity.email",),
        "first name": ("customer.first_name",),
        "last name": ("customer.last_name",),
    },
    header_rows=_surveymonkey_header,
    names=_surveymonkey_names,
    refine=questions,
)

TYPEFORM = Shape(
    code="typeform",
    name="Typeform",
    about="responses as CSV or XLSX, the wording of each question as its header",
    telling=(
        telling("#", "start date (utc)", "submit date (utc)"),
        telling("#", "submit date (utc)", "network id"),
    ),
    samples=("typeform.csv",),
    columns={"#": ("response.key",), "submit date (utc)": ("at",)},
    settings={"timezone": "UTC"},
    refine=questions,
)

FORMBRICKS = Shape(
    code="formbricks",
    name="Formbricks",
    about="feedback records, one row per answer",
    telling=(telling("submission_id", "collected_at", "field_id", "field_type"),),
    samples=("formbricks.csv",),
    columns={
        "submission_id": ("response.key",),
        "collected_at": ("at",),
        "user_id": ("identity.key",),
        "language": ("interaction.language",),
    },
    derive=_formbricks_columns,
    refine=_formbricks_questions,
)


def _telecom(sight: Sight, proposal: Proposal) -> None:
    del sight
    facts = {"column": "NPS_SCORE", "lowest": "0", "highest": "10", "instrument": "nps"}
    proposal.notices.append(Notice("scale_guessed", facts))


NPS_VERBATIMS = Shape(
    code="nps_verbatims",
    name="NPS verbatims by journey stage",
    about="date, journey stage, score and words of an NPS survey",
    telling=(telling("customer_response_date", "survey_sub_type", "nps_score", "text"),),
    samples=("nps_verbatims.csv",),
    columns={
        "customer_response_date": ("at",),
        "survey_sub_type": ("interaction.activity", "answer_text.nps.stage"),
        "nps_score": ("answer.nps.recommend",),
        "text": ("interaction.text", "answer_text.nps.recommend"),
    },
    constants={
        "interaction.channel": "survey",
        "interaction.direction": "in",
        "interaction.language": "en",
    },
    scales={"nps.recommend": (0, 10)},
    refine=_telecom,
)

SHAPES = (QUALTRICS, LIMESURVEY, SURVEYMONKEY, TYPEFORM, FORMBRICKS, NPS_VERBATIMS)
