"""Coders of customers' words at a shell prompt: train, judge, compare, distil, code."""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from entregent.adapters.coders.benchmarks import (
    annomi,
    banking_intents,
    insurance_reviews,
    score_in_folds,
    score_on_tests,
)
from entregent.adapters.coders.cards import score_rows, with_scores
from entregent.adapters.coders.coder import (
    CARD,
    NoSuchCoder,
    TrainedCoder,
    carried_card,
    carried_coder,
    read_coder,
)
from entregent.adapters.coders.examples import (
    CodedSet,
    UnreadableExamples,
    carried_examples,
    read_coded_examples,
)
from entregent.adapters.coders.judging import judged_in_folds, judged_units
from entregent.adapters.coders.pipeline import code_texts
from entregent.adapters.coders.training import RECIPES, chosen_recipes, train_coder
from entregent.adapters.encoders import (
    TUNED,
    Encoder,
    EncoderAbsent,
    UnknownEncoder,
    open_encoder,
)
from entregent.adapters.encoders.cache import CachedEncoder
from entregent.adapters.encoders.distillation import distil
from entregent.adapters.encoders.multilingual import MultilingualEncoder
from entregent.adapters.encoders.vocabulary import vocabulary_for
from entregent.cli.measure.files import read_table
from entregent.cli.output import Format, FormatOption, show
from entregent.engine.errors import EngineError
from entregent.engine.voice.coders import Recipe

coder = typer.Typer(
    no_args_is_help=True, help="Coders of customers' words, and how often they are right."
)

ProfileOption = Annotated[str, typer.Option(help="fast, multilingual, accurate or tuned")]
CoderOption = Annotated[
    Path | None, typer.Option("--coder", help="folder of a coder trained here; else the package's")
]
CacheOption = Annotated[
    Path | None, typer.Option(help="file in which vectors of texts are kept between runs")
]
SetArgument = Annotated[Path, typer.Argument(help="coded examples: a .jsonl file or a folder")]


class LearnsAsAWhole(Exception):
    """The tuned profile is no heads on an encoder that stays as it is."""

    def __init__(self) -> None:
        super().__init__("the tuned profile learns as a whole: entregent coder tune")


_SHOWN = (
    "set", "code", "n", "f1", "low", "high", "baseline", "calibration_error", "risk", "risk_at_80", "abstained", "precision",
)  # fmt: skip


@coder.command("train")
def train_command(
    to: Annotated[Path, typer.Option(help="folder to write the trained heads to")],
    profile: ProfileOption = "fast",
    examples: Annotated[
        list[Path] | None, typer.Option(help="the firm's own coded examples, learned from too")
    ] = None,
    on: Annotated[
        Path | None, typer.Option(help="coded examples to judge it on, never learned")
    ] = None,
    choose: Annotated[
        bool,
        typer.Option(
            "--choose", help="first try other recipes on held-out examples, and take the best"
        ),
    ] = False,
    cache: CacheOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Learn every code from the package's examples and the firm's own."""
    if profile == TUNED:
        raise _refusal(LearnsAsAWhole())
    learned = carried_examples()
    for path in examples or []:
        learned = learned + _examples(path)
    encoder = _encoder(profile, cache)
    recipes = chosen_recipes(learned, encoder) if choose else RECIPES
    trained = train_coder(learned, encoder, profile=profile, recipes=recipes)
    if on:
        trained = with_scores(trained, judged_units(trained, _examples(on)), on.stem)
    trained.write(to)
    _show_card(trained.card, form)


@coder.command("evaluate")
def evaluate_command(
    on: SetArgument,
    profile: ProfileOption = "fast",
    folder: CoderOption = None,
    *,
    folds: Annotated[
        bool, typer.Option("--folds", help="learn from the set too, in folds grouped by text")
    ] = False,
    cache: CacheOption = None,
    form: FormatOption = Format.table,
) -> None:
    """How often a coder is right on coded examples, with intervals."""
    if folds and profile == TUNED:
        raise _refusal(LearnsAsAWhole())
    examples = _examples(on)
    if folds:
        said = judged_in_folds(
            examples, _encoder(profile, cache), profile=profile, beside=carried_examples()
        )
    else:
        said = judged_units(_coder(profile, folder, cache), examples)
    show([_shown(row, on.stem) for row in score_rows(said)], form)


@coder.command("compare")
def compare_command(
    on: SetArgument,
    profile: Annotated[list[str], typer.Option(help="a profile, or the folder of a trained coder")],
    cache: CacheOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Several coders on the same examples, side by side."""
    examples = _examples(on)
    rows: dict[str, dict[str, Any]] = {}
    for name in profile:
        folder = Path(name) if (Path(name) / CARD).is_file() else None
        compared = _coder("fast" if folder else name, folder, cache)
        for row in score_rows(judged_units(compared, examples)):
            mine = rows.setdefault(row["code"], {"code": row["code"], "n": row["n"]})
            mine[name] = f"{row['f1']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
    show(rows.values(), form)


@coder.command("card")
def card_command(profile: ProfileOption = "fast", form: FormatOption = Format.table) -> None:
    """What a coder was trained on, how often it is right, and where it fails."""
    try:
        _show_card(carried_card(profile), form)
    except NoSuchCoder as absent:
        raise _refusal(absent) from absent


@coder.command("code")
def code_command(
    file: Annotated[
        Path, typer.Argument(help="interactions: interaction_id, customer_id, at, text")
    ],
    to: Annotated[
        Path, typer.Option(help="folder for coded_segments.parquet and coded_texts.parquet")
    ],
    profile: ProfileOption = "fast",
    folder: CoderOption = None,
) -> None:
    """Code every text of a table; memory does not grow with its length."""
    using = _coder(profile, folder, None)
    table = (
        read_table(file)
        .filter(lambda row: row.text.notnull())
        .select("interaction_id", "text", "customer_id", "at")
    )
    to.mkdir(parents=True, exist_ok=True)
    batches = (row for batch in table.to_pyarrow_batches() for row in _rows(batch))
    counted = _written(code_texts(batches, using), to)
    typer.echo(f"{counted['texts']} texts, {counted['segments']} segments coded by {using.name}")


@coder.command("workspace")
def workspace_command() -> None:
    """Code what customers said in the workbench and no coder in use has read yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entregent.web.settings")
    import django

    django.setup()
    from entregent.web.evidence.coded_words import code_new_words

    begun = time.perf_counter()
    done = code_new_words()
    took = time.perf_counter() - begun
    typer.echo(
        f"{done.texts:,} texts, {done.segments:,} segments coded by {done.coder} in {took:.1f} s"
    )


@coder.command("distil")
def distil_command(
    to: Annotated[Path, typer.Option(help="file to write the table of words to (.npz)")],
    texts: Annotated[
        list[Path] | None, typer.Option(help="further texts that may be used so, one a line")
    ] = None,
    dimensions: Annotated[int, typer.Option(help="length of a word's vector")] = 128,
    cache: CacheOption = None,
) -> None:
    """Make the fast encoder's table of French and English words from the multilingual encoder."""
    carried = carried_examples()
    sentences = {
        one.text for rows in (carried.segments, carried.texts, carried.utterances) for one in rows
    }
    for path in texts or []:
        sentences.update(path.read_text("utf-8", errors="replace").splitlines())
    try:
        teacher = MultilingualEncoder()
    except EncoderAbsent as absent:
        raise _refusal(absent) from absent
    listed = sorted(one for one in sentences if one.strip())
    words = vocabulary_for(teacher, listed)
    table = distil(_remembering(teacher, cache), words, listed, dimensions=dimensions)
    to.write_bytes(table.to_bytes())
    typer.echo(
        f"{len(words)} words of {dimensions} numbers, {to.stat().st_size / 1e6:.1f} MB, {table.version}"
    )


@coder.command("tune")
def tune_command(
    to: Annotated[
        Path, typer.Option(help="folder for encoder/, heads/ and the weights to go on from")
    ],
    begun: Annotated[
        Path | None, typer.Option(help="weights of an earlier tuning to go on from")
    ] = None,
    rounds: Annotated[float, typer.Option(help="how often every example is read")] = 4.0,
    rate: Annotated[float, typer.Option(help="learning rate at its highest")] = 1.5e-4,
    threads: Annotated[int, typer.Option(help="of this machine")] = 1,
    on: Annotated[
        Path | None, typer.Option(help="coded examples to judge it on, never learned")
    ] = None,
    form: FormatOption = Format.table,
) -> None:
    """Tune the transformer of the tuned profile on the package's examples; minutes to hours."""
    try:
        from entregent.adapters.coders.tuning.tuned import WEIGHTS, Plan, tune, written_weights
    except ImportError as problem:
        raise typer.BadParameter("install entregent[tune] to tune a transformer") from problem
    plan = Plan(rounds=rounds, rate=rate, threads=threads)
    try:
        tuned = tune(carried_examples(), plan=plan, begun=begun, say=typer.echo)
    except EncoderAbsent as absent:
        raise _refusal(absent) from absent
    (to / WEIGHTS).parent.mkdir(parents=True, exist_ok=True)
    (to / WEIGHTS).write_bytes(written_weights(tuned.weights))
    made = tuned.coder
    if on:
        made = with_scores(made, judged_units(made, _examples(on)), on.stem)
    tuned.write(to / "encoder", to / "heads", made)
    _show_card(made.card, form)


@coder.command("benchmark")
def benchmark_command(
    name: Annotated[str, typer.Argument(help="annomi, banking77 or insurance")],
    shared: Annotated[Path, typer.Option(help="folder that holds data/")],
    profile: ProfileOption = "fast",
    cache: CacheOption = None,
    form: FormatOption = Format.table,
) -> None:
    """One public or real set, read in folds of its own by the same kind of heads."""
    if profile == TUNED:
        raise _refusal(LearnsAsAWhole())
    encoder = _encoder(profile, cache)
    if name == "annomi":
        score = score_in_folds("talk", annomi(shared), encoder, Recipe())
    elif name == "banking77":
        few, tests = banking_intents(shared)
        score = score_on_tests("intent", few, tests, encoder, Recipe(setting=0.0))
    elif name == "insurance":
        examples = insurance_reviews(shared)
        score = score_in_folds("stars", examples, encoder, Recipe(setting=0.0))
    else:
        raise typer.BadParameter(f"{name} is none of annomi, banking77, insurance")
    show(
        [
            {"score": "f1", "value": score.f1.value, "low": score.f1.low, "high": score.f1.high},
            {"score": "accuracy", "value": score.accuracy.value, "low": score.accuracy.low, "high": score.accuracy.high},
            {"score": "calibration_error", "value": score.calibration_error},
            {"score": "risk", "value": score.risk},
            {"score": "risk_at_80", "value": score.risk_at_80},
        ],
        form,
    )  # fmt: skip


def _examples(path: Path) -> CodedSet:
    try:
        return read_coded_examples(path)
    except UnreadableExamples as problem:
        raise _refusal(problem) from problem


def _encoder(name: str, cache: Path | None) -> Encoder:
    try:
        return _remembering(open_encoder(name), cache)
    except (UnknownEncoder, EncoderAbsent) as absent:
        raise _refusal(absent) from absent


def _remembering(encoder: Encoder, cache: Path | None) -> Encoder:
    return CachedEncoder(encoder, cache) if cache else encoder


def _coder(profile: str, folder: Path | None, cache: Path | None) -> TrainedCoder:
    try:
        if folder:
            return read_coder(folder, _encoder(profile, cache))
        return carried_coder(profile)
    except (NoSuchCoder, EncoderAbsent, EngineError) as absent:
        raise _refusal(absent) from absent


def _refusal(problem: Exception) -> typer.BadParameter:
    return typer.BadParameter(str(problem))


def _rows(batch: pa.RecordBatch) -> Any:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _written(coded: Any, to: Path) -> dict[str, int]:
    """Stream batches to the two files; nothing but one batch is held."""
    writers: dict[str, pq.ParquetWriter] = {}
    counted = {"segments": 0, "texts": 0}
    try:
        for batch in coded:
            for name in counted:
                part = getattr(batch, name)
                if name not in writers:
                    place = to / f"coded_{name}.parquet"
                    writers[name] = pq.ParquetWriter(place, part.schema)
                writers[name].write_batch(part)
                counted[name] += part.num_rows
    finally:
        for writer in writers.values():
            writer.close()
    return counted


def _shown(row: dict[str, Any], set_name: str) -> dict[str, Any]:
    whole = {"set": set_name} | row
    return {name: whole.get(name) for name in _SHOWN}


def _show_card(card: Any, form: Format) -> None:
    if form is Format.json:
        show([card], form)
        return
    typer.echo(f"{card['coder']}, reading vectors of {card['encoder']}")
    typer.echo("\nTrained on")
    show([{"unit": unit} | counts for unit, counts in card["trained_on"].items()], form)
    for judged in card.get("scores", []):
        typer.echo(f"\nOn {judged['set']}, which it never saw")
        show([_shown(row, judged["set"]) for row in judged["codes"]], form)
        typer.echo("\nWhat it takes for what")
        show(
            [
                {"code": row["code"]} | confusion
                for row in judged["codes"]
                for confusion in row.get("confusions", [])
            ],
            form,
        )
