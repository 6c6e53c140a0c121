"""How sure a value read by rules is: what speaks for it → a probability, by a logistic model fitted on labels.

The coefficients lie in `confidence.json` with their provenance; `python -m bench.eval --fit` makes them from labelled
folders. They are rates of other people's documents: a value of 0.9 was right nine times in ten there. So results say
`calibrated: false` all the same, until the rates have been measured on the user's own reviewed documents.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp, log

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.rules.hits import Hit

MOST, LEAST = 0.99, 0.02
"""Bounds of what is claimed."""
CONTRADICTED = 0.5
"""Factor for what cannot be right together: one of at least two values is wrong, and nothing says which."""
MAX_PARTS, MAX_LENGTH = 5, 200
PAIR = "pair:"
"""Families of keys and values of unknown forms begin so."""
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
    parts: int = 1
    """Texts of the page it was put together from."""
    length: int = 0
    """Characters, of texts."""
    contradicted: bool = False
    """Whether other values of the document say that it cannot be right."""


def signs_of(candidate: Candidate, kind: str, score: float, *, contradicted: bool = False) -> Signs:
    """The signs of a chosen candidate."""
    source, _, agreed = candidate.source.partition("+")
    return Signs(
        score=score,
        family=source,
        kind=kind,
        agreed=bool(agreed),
        parts=len(candidate.spans) if isinstance(candidate, Hit) else 1,
        length=len(candidate.value) if isinstance(candidate.value, str) else 0,
        contradicted=contradicted,
    )


def features(signs: Signs) -> Iterator[tuple[str, float]]:
    """Name and value of each feature; categories are 1 where they hold."""
    bounded = min(max(signs.score, LEAST), MOST)
    odds = log(bounded / (1 - bounded))
    yield "bias", 1.0
    yield f"family {signs.family}", 1.0
    if signs.family.startswith(PAIR):  # a score of theirs says another thing than one of a label or a sum
        yield "pair", 1.0
        yield "pair score", min(odds, PAIR_TOP)
        yield "pair parts", min(signs.parts - 1, MAX_PARTS) / MAX_PARTS
        yield "pair length", min(signs.length, MAX_LENGTH) / MAX_LENGTH
        return
    yield "score", odds
    yield f"kind {signs.kind}", 1.0
    yield "agreed", float(signs.agreed)
    yield "parts", min(signs.parts - 1, MAX_PARTS) / MAX_PARTS
    yield "length", min(signs.length, MAX_LENGTH) / MAX_LENGTH


def probability(signs: Signs, weights: Mapping[str, float] | None = None) -> float:
    """The share of values with such signs that was right, to three decimals; unknown rules and kinds weigh nothing."""
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
