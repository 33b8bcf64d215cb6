"""The model card: what a coder was trained on, how often it is right, where it fails."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.judging import Judged, mean_justice, scores, sentiment_of_three
from entregent.engine.errors import NoRatings
from entregent.engine.estimates import Estimate
from entregent.engine.voice.evaluation import CodeScore

CONFUSIONS = 3


def with_scores(coder: TrainedCoder, said: Mapping[str, Judged], set_name: str) -> TrainedCoder:
    """The coder with scores on one more set in its card; the set's texts are not in it."""
    card = dict(coder.card)
    card["scores"] = [*card.get("scores", []), {"set": set_name, "codes": score_rows(said)}]
    return dataclasses.replace(coder, card=card)


def score_rows(said: Mapping[str, Judged]) -> list[dict[str, Any]]:
    """One row per code, with intervals, calibration, abstention and commonest confusions."""
    rows = [
        _row(score) | {"confusions": confusions(part, score.code)}
        for part in said.values()
        for score in scores(part)
    ]
    if "segment" in said:
        for name, measured in (
            ("sentiment_of_three", sentiment_of_three),
            ("justice_mean", mean_justice),
        ):
            with suppress(NoRatings):
                rows.append(_figure(name, measured(said["segment"])))
    return rows


def confusions(said: Judged, code: str) -> list[dict[str, Any]]:
    """What is most often taken for what: the known failures, counted."""
    wrong = Counter(
        (str(one.codes[code]), answer)
        for one, answer in zip(said.examples, said.answers[code], strict=True)
        if one.codes.get(code) is not None and answer != one.codes[code]
    )
    return [
        {"truth": truth, "answer": answer, "times": times}
        for (truth, answer), times in wrong.most_common(CONFUSIONS)
    ]


def _figure(code: str, estimate: Estimate) -> dict[str, Any]:
    return {
        "code": code,
        "n": estimate.n,
        "f1": _rounded(estimate.value),
        "low": _rounded(estimate.low),
        "high": _rounded(estimate.high),
    }


def _row(score: CodeScore) -> dict[str, Any]:
    return _figure(score.code, score.f1) | {
        "baseline": _rounded(score.baseline),
        "accuracy": _rounded(score.accuracy.value),
        "calibration_error": _rounded(score.calibration_error),
        "risk": _rounded(score.risk),
        "risk_at_80": _rounded(score.risk_at_80),
        "abstained": _rounded(score.abstained),
        "precision": _rounded(score.precision),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
