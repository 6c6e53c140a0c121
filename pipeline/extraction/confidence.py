"""How sure a value read by rules is: what speaks for it → a probability, by a logistic model fitted on labels.

The coefficients lie in `confidence.json` with their provenance; `python -m bench.eval --fit` makes them from labelled
folders. They are rates of other people's documents: a value of 0.9 was right nine times in ten there. So results say
`calibrated: false` all the same, until the rates have been measured on the user's own reviewed documents.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from math import exp, log

from pipeline.extraction.merging import Choice

MOST, LEAST = 0.99, 0.02
"""Bounds of what is claimed."""
CONTRADICTED = 0.5
"""Factor for what cannot be right together: one of at least two values is wrong, and nothing says which."""
MAX_ROUTES = 3
"""Rules proposing one value, from which on more of them say no more."""
PAIR = "pair:"
"""Families of keys and values of unknown forms begin so."""
PAIR_LEAST = 0.27
"""Least confidence of a pair that is given. The harmonic mean of precision and recall, near 0.55 on forms, is greatest
where what is less sure than half of it is left out (Lipton et al. 2014, "Optimal Thresholding of Classifiers to
Maximize F1 Measure")."""
PAIR_TOP = log(0.7 / 0.3)
"""Log odds of a score from which on a pair is no surer: above it as many are right as below it."""
EMBEDDED = "embedded"
"""The family of values out of data for machines. Nothing was fitted for it: where such data is labelled, it is itself
the label. Its score is a stated probability (`pipeline/extraction/embedded/reconcile.py`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What speaks for a value."""

    score: float
    """0 to 1: what the rules make of labels, places, agreement and rivals."""
    family: str
    """The rule that proposed it: `label:right`, `table`, `statement`, …"""
    kind: str
    """Of the leaf's values."""
    agreed: bool = False
    """Whether a sum takes part in it."""
    routes: int = 1
    """Rules that propose the value, each in its own way."""
    contradicted: bool = False
    """Whether other values of the document say that it cannot be right."""
    marks: Mapping[str, float] = field(default_factory=dict)
    """What the rule adds; only pairs have some (`pipeline/extraction/rules/forms/pairs.py`)."""


def signs_of(choice: Choice, kind: str) -> Signs:
    """The signs of a chosen candidate."""
    source, _, agreed = choice.candidate.source.partition("+")
    return Signs(
        score=choice.confidence,
        family=source,
        kind=kind,
        agreed=bool(agreed),
        routes=choice.routes,
        contradicted=choice.contradicted,
        marks=choice.candidate.marks,
    )


def features(signs: Signs) -> Iterator[tuple[str, float]]:
    """Name and value of each feature; a rule is 1 where it proposed the value.

    Few on purpose: kinds, lengths, rivals and the doubt of OCR made the fit better and values of other files worse.
    """
    bounded = min(max(signs.score, LEAST), MOST)
    odds = log(bounded / (1 - bounded))
    yield "bias", 1.0
    yield f"family {signs.family}", 1.0
    if signs.family.startswith(PAIR):  # a score of theirs says another thing than one of a label or a sum
        yield "pair", 1.0
        yield "pair score", min(odds, PAIR_TOP)
        for name, mark in signs.marks.items():
            yield f"{PAIR}{name}", mark
        return
    yield "score", odds
    yield "agreed", float(signs.agreed)
    yield "routes", (min(signs.routes, MAX_ROUTES) - 1) / (MAX_ROUTES - 1)


def probability(signs: Signs, weights: Mapping[str, float] | None = None) -> float:
    """The share of values with such signs that was right, to three decimals; unknown rules weigh nothing."""
    known = shipped() if weights is None else weights
    total = sum(known.get(name, 0.0) * value for name, value in features(signs))
    sure = signs.score if signs.family == EMBEDDED else 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    sure *= CONTRADICTED if signs.contradicted else 1.0
    return round(min(MOST, max(LEAST, sure)), 3)


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, float]:
    """The weights of the package by the names of their features."""
    data = json.loads(files("pipeline.extraction").joinpath("confidence.json").read_text(encoding="utf-8"))
    weights: dict[str, float] = data["weights"]
    return weights
