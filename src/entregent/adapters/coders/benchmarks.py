"""Public and real sets beside the repository, each as examples of one code in folds of its own."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from entregent.adapters.encoders import Encoder
from entregent.engine.voice.coders import Panel, Recipe, chosen_recipe, train_panel
from entregent.engine.voice.evaluation import CodeScore, score_code
from entregent.engine.voice.examples import Example, fold_of

FOLDS = 5


def annomi(shared: Path) -> list[Example]:
    """What clients of 133 motivational interviews say, each utterance once (Wu et al. 2022)."""
    place = shared / "data" / "annomi" / "AnnoMI-simple.csv.gz"
    found, before = [], ""
    with gzip.open(place, "rt", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["interlocutor"] == "client":
                codes = {"talk": row["client_talk_type"]}
                found.append(
                    Example(row["utterance_text"], row["transcript_id"], before, codes, "en")
                )
            else:
                before = row["utterance_text"]
    return found


def banking_intents(shared: Path, *, each: int = 10) -> tuple[list[Example], list[Example]]:
    """So many training questions of each of 77 intents, and the test questions."""
    folder = shared / "data" / "banking77"
    by_intent: dict[str, list[str]] = {}
    for row in _rows(folder / "train.csv"):
        by_intent.setdefault(row["category"], []).append(row["text"])
    chance = np.random.default_rng(0)
    few = [
        Example(texts[rank], f"{intent}{rank}", "", {"intent": intent}, "en")
        for intent, texts in sorted(by_intent.items())
        for rank in chance.permutation(len(texts))[:each]
    ]
    tests = [
        Example(row["text"], str(place), "", {"intent": row["category"]}, "en")
        for place, row in enumerate(_rows(folder / "test.csv"))
    ]
    return few, tests


def insurance_reviews(shared: Path) -> list[Example]:
    """French reviews of one or two stars against four or five."""
    place = shared / "data" / "insurance_reviews_fr" / "insurance_reviews_fr_en.parquet"
    rows = pq.read_table(place, columns=["note", "avis"]).to_pylist()
    told = {
        str(row["avis"]): "low" if row["note"] < 3 else "high"
        for row in rows
        if row["avis"] and row["note"] is not None and row["note"] != 3
    }
    return [
        Example(text, f"review {place}", "", {"stars": stars}, "fr")
        for place, (text, stars) in enumerate(told.items())
    ]


def score_in_folds(
    code: str, examples: Sequence[Example], encoder: Encoder | None, recipe: Recipe
) -> CodeScore:
    """One code, read in folds grouped by text or transcript."""
    parts = []
    for fold in range(FOLDS):
        held = [one for one in examples if fold_of(one.group, FOLDS) == fold]
        seen = [one for one in examples if fold_of(one.group, FOLDS) != fold]
        parts.append((held, _trained(code, seen, encoder, recipe)))
    return _scored(code, parts, encoder)


def score_on_tests(
    code: str,
    seen: Sequence[Example],
    tests: Sequence[Example],
    encoder: Encoder | None,
    recipe: Recipe,
) -> CodeScore:
    """One code, learned from some examples and read on others."""
    return _scored(code, [(list(tests), _trained(code, seen, encoder, recipe))], encoder)


def _trained(code: str, seen: Sequence[Example], encoder: Encoder | None, recipe: Recipe) -> Panel:
    """The recipe, too, is chosen on nothing but the examples learned from."""
    embed = encoder.encode if encoder else None
    chosen = chosen_recipe([code], seen, embed, start=recipe)
    return train_panel("benchmark", [code], seen, embed, encoder="", recipe=chosen)


def _scored(
    code: str, parts: Sequence[tuple[list[Example], Panel]], encoder: Encoder | None
) -> CodeScore:
    truth, answers, groups, confidences, sure = [], [], [], [], []
    for held, panel in parts:
        texts, settings = [one.text for one in held], [one.setting for one in held]
        meanings = encoder.encode(texts) if encoder else None
        around = encoder.encode(settings) if encoder and panel.setting else None
        reading = panel.read(texts, meanings, around)[code]
        truth += [str(one.codes[code]) for one in held]
        groups += [one.group for one in held]
        answers += reading.answers
        confidences += reading.confidences.tolist()
        sure += reading.sure.tolist()
    return score_code(code, truth, answers, groups, confidences=confidences, sure=sure)


def _rows(place: Path) -> list[dict[str, str]]:
    with place.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))
