"""Weights of `pipeline.extraction.confidence`, fitted on labelled folders, and how well they hold on sets left out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.eval.engine import Engine
from bench.eval.judging import judged
from bench.eval.sets import Measured, labels_of
from pipeline.errors import SheafError
from pipeline.evaluation.reliability import auroc, calibration_error
from pipeline.extraction.assembling import Found
from pipeline.extraction.confidence import Signs, features, probability
from pipeline.extraction.extract import extract_by_rules
from pipeline.extraction.pointers import pointer

RIDGE = 0.6
"""Strength of the penalty on squared weights: rules that proposed few values stay near the mean."""
ROUNDS = 60
FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Example:
    """One given value: the signs of its leaves, and whether it is right."""

    set_name: str
    file: str
    signs: tuple[Signs, ...]
    right: bool


def examples(engine: Engine, data: Path, measured: Measured, scorer: Any, scratch: Path) -> list[Example]:  # noqa: ANN401
    """The given values of one set that its labels speak of."""
    found = []
    for label in labels_of(data / measured.name):
        patterns, schema = measured.asked(label)
        try:
            document = engine.read(measured.path(data / measured.name, label, scratch))
        except SheafError:
            continue
        seen: list[Found] = []
        extraction = extract_by_rules(document, schema, observe=seen.extend)
        signs = {pointer(each.path): each.signs for each in seen if each.signs is not None}
        for given in judged(measured.name, label, extraction, patterns, scorer):
            own = tuple(signs[each] for each in given.pointers if each in signs)
            if own:
                found.append(Example(set_name=measured.name, file=label["file"], signs=own, right=given.right))
    return found


def fit(all_: Sequence[Example]) -> dict[str, float]:
    """Weights of a logistic regression with a ridge on all but the bias, by iteratively reweighted least squares."""
    rows = [(dict(features(signs)), each.right, 1 / len(each.signs)) for each in all_ for signs in each.signs]
    names = sorted({name for row, _, _ in rows for name in row})
    x = np.array([[row.get(name, 0.0) for name in names] for row, _, _ in rows])
    y = np.array([float(right) for _, right, _ in rows])
    weight = np.array([share for _, _, share in rows])
    penalty = np.diag([0.0 if name == "bias" else RIDGE for name in names])
    beta = np.zeros(len(names))
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weight * (y - p)) - penalty @ beta
        curvature = (x.T * (weight * p * (1 - p))) @ x + penalty + 1e-6 * np.eye(len(names))
        step = np.linalg.solve(curvature, gradient)
        beta += step
        if np.abs(step).max() < 1e-6:
            break
    return {name: round(float(value), 3) for name, value in zip(names, beta, strict=True)}


def left_out(all_: Sequence[Example]) -> dict[str, dict[str, float | None]]:
    """Figures of each set under weights from the other sets, and of all under weights from the other files."""
    found = {}
    for name in sorted({each.set_name for each in all_}):
        weights = fit([each for each in all_ if each.set_name != name])
        found[name] = _figures([each for each in all_ if each.set_name == name], weights)
    files = sorted({(each.set_name, each.file) for each in all_})
    fold = {file: number % FOLDS for number, file in enumerate(files)}
    held = []
    for number in range(FOLDS):
        weights = fit([each for each in all_ if fold[each.set_name, each.file] != number])
        held += [(_sure(e, weights), e.right) for e in all_ if fold[e.set_name, e.file] == number]
    found["files left out"] = _of(held)
    return found


def _sure(example: Example, weights: Mapping[str, float]) -> float:
    return min(probability(signs, weights) for signs in example.signs)


def _figures(all_: Sequence[Example], weights: Mapping[str, float]) -> dict[str, float | None]:
    return _of([(_sure(each, weights), each.right) for each in all_])


def _of(held: Sequence[tuple[float, bool]]) -> dict[str, float | None]:
    error, ranks = calibration_error(held), auroc(held)
    return {
        "values": len(held),
        "right": round(sum(right for _, right in held) / len(held), 3),
        "calibration_error": None if error is None else round(error, 3),
        "auroc": None if ranks is None else round(ranks, 3),
    }


def write(path: Path, all_: Sequence[Example], command: str) -> dict[str, Any]:
    """Fit on everything and write the weights with where they come from."""
    count = len({(each.set_name, each.file) for each in all_})
    report = {
        "provenance": f"fitted by `{command}` on {len(all_)} values of {count} files",
        "sets": sorted({each.set_name for each in all_}),
        "left_out": left_out(all_),
        "weights": fit(all_),
    }
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return report
