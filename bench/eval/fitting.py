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
from pipeline.extraction.confidence import PAIR, PAIR_LEAST, Signs, features, probability
from pipeline.extraction.extract import extract_by_rules
from pipeline.extraction.pointers import pointer
from pipeline.settings import Extraction as Settings

RIDGE = 0.6
"""Strength of the penalty on squared weights: rules that proposed few values stay near the mean."""
FREE = {"bias": 0.0, "score": 0.1, "agreed": 0.1, "routes": 0.1}
"""Weaker penalties of what every value has: enough values speak of them."""
ROUNDS = 60
FOLDS, DEALS = 5, 6
"""Parts that files are dealt into, and how often anew: the luck of one deal is as great as what is looked for."""


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
        extraction = extract_by_rules(document, schema, observe=seen.extend, pair_least=0.0)
        signs = {pointer(each.path): each.signs for each in seen if each.signs is not None}
        for given in judged(measured.name, label, extraction, patterns, scorer):
            own = tuple(signs[each] for each in given.pointers if each in signs)
            if own:
                found.append(Example(set_name=measured.name, file=label["file"], signs=own, right=given.right))
    return found


def fit(all_: Sequence[Example]) -> dict[str, float]:
    """Weights of a logistic regression with a ridge on all but the bias, by iteratively reweighted least squares.

    What other values contradict says nothing of the rule: it has a factor of its own.
    """
    sound = [each for each in all_ if not any(signs.contradicted for signs in each.signs)]
    rows = [(dict(features(signs)), each.right, 1 / len(each.signs)) for each in sound for signs in each.signs]
    names = sorted({name for row, _, _ in rows for name in row})
    x = np.array([[row.get(name, 0.0) for name in names] for row, _, _ in rows])
    y = np.array([float(right) for _, right, _ in rows])
    weight = np.array([share for _, _, share in rows])
    penalty = np.diag([FREE.get(name, RIDGE) for name in names])
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
    held = _files_left_out(all_)
    for name in sorted({each.set_name for each, _ in held}):
        own = [(sure, each.right) for each, sure in held if each.set_name == name]
        found[f"{name}, files left out"] = _of(own, DEALS)
    found["files left out"] = _of([(sure, each.right) for each, sure in held], DEALS)
    return found


def _files_left_out(all_: Sequence[Example]) -> list[tuple[Example, float]]:
    """Each value with its confidence under weights of other files, once a deal."""
    files = sorted({(each.set_name, each.file) for each in all_})
    held = []
    for deal in range(DEALS):
        dealt = np.random.default_rng(deal).permutation(len(files))
        fold = {file: int(place) % FOLDS for file, place in zip(files, dealt, strict=True)}
        for number in range(FOLDS):
            weights = fit([each for each in all_ if fold[each.set_name, each.file] != number])
            held += _given([each for each in all_ if fold[each.set_name, each.file] == number], weights)
    return held


def _given(all_: Sequence[Example], weights: Mapping[str, float]) -> list[tuple[Example, float]]:
    """The values that would have been given under these weights, with their confidence."""
    sure = [(each, min(probability(signs, weights) for signs in each.signs)) for each in all_]
    return [(each, p) for each, p in sure if p >= PAIR_LEAST or not each.signs[0].family.startswith(PAIR)]


def _figures(all_: Sequence[Example], weights: Mapping[str, float]) -> dict[str, float | None]:
    return _of([(sure, each.right) for each, sure in _given(all_, weights)])


def _of(held: Sequence[tuple[float, bool]], deals: int = 1) -> dict[str, float | None]:
    """Of confidences and whether they were right; what is above the threshold of review as in `trust.figures`."""
    error, ranks = calibration_error(held), auroc(held)
    sure = [right for confidence, right in held if confidence >= Settings().review_below]
    shown = {
        "right": sum(right for _, right in held) / len(held),
        "calibration_error": error,
        "auroc": ranks,
        "sure_right": sum(sure) / len(sure) if sure else None,
        "sure_share": len(sure) / len(held),
    }
    return {"values": round(len(held) / deals)} | {
        name: None if each is None else round(each, 3) for name, each in shown.items()
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
