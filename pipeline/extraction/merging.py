"""Many candidates become one value for each leaf."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.extraction.candidates import Candidate, same_value

SUPPORT = 0.5
"""What a further candidate for the same value adds, as a share of its score."""
SUPPORTERS = 4
RIVALRY = 0.35
"""How much the best other value takes from the confidence, as a share of its support."""
MOST, LEAST = 0.97, 0.05
"""Bounds of a score."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The chosen candidate; its confidence is a documented guess (`choose`), not a measured probability."""

    candidate: Candidate
    confidence: float
    routes: int = 1
    """Rules that propose the value, each in its own way."""
    contradicted: bool = False
    """Whether other values of the document say that it cannot be right."""


def choose(candidates: Sequence[Candidate]) -> Choice | None:
    """The value that its candidates together support best; its evidence is that of the strongest of them.

    Support of a value is `1 - (1 - s0) * (1 - s1 / 2) * …` over the scores of its candidates, strongest first. The
    confidence is the support, less a third of the best rival's. `None` where there is no candidate.
    """
    groups: dict[object, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(same_value(candidate.value), []).append(candidate)
    if not groups:
        return None
    supports = {key: _support(group) for key, group in groups.items()}
    best = max(supports, key=lambda key: supports[key])
    rival = max((support for key, support in supports.items() if key != best), default=0.0)
    strongest = max(groups[best], key=lambda candidate: candidate.score)
    routes = {candidate.source.partition("+")[0].partition(":")[0] for candidate in groups[best]}
    sure = bounded(supports[best] - RIVALRY * rival * supports[best])
    return Choice(candidate=strongest, confidence=sure, routes=len(routes))


def alone(candidate: Candidate) -> Choice:
    """The choice where nothing else is proposed."""
    return Choice(candidate=candidate, confidence=bounded(candidate.score))


def _support(group: Sequence[Candidate]) -> float:
    scores = sorted((candidate.score for candidate in group), reverse=True)[: SUPPORTERS + 1]
    doubt = 1.0 - min(scores[0], 1.0)
    for score in scores[1:]:
        doubt *= 1.0 - SUPPORT * min(score, 1.0)
    return 1.0 - doubt


def bounded(confidence: float) -> float:
    """Within the bounds of what may be claimed."""
    return round(min(MOST, max(LEAST, confidence)), 3)
