"""Whether confidence can be trusted: calibration error, ranking, and the bins of a reliability diagram."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

Judged = Sequence[tuple[float, bool]]
"""Confidence (0 to 1) and whether the value was right, for each value that was given."""

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Values whose confidence lies between `low` and `high`."""

    low: float
    high: float
    count: int
    confidence: float
    """Their mean."""
    accuracy: float
    """The share of them that is right."""


def bins(judged: Judged, count: int = BINS) -> list[Bin]:
    """The bins of equal width that hold a value, from low to high; 1.0 belongs to the last."""
    found: list[Bin] = []
    for number in range(count):
        inside = [each for each in judged if min(int(each[0] * count), count - 1) == number]
        if inside:
            confidence = sum(each[0] for each in inside) / len(inside)
            accuracy = sum(each[1] for each in inside) / len(inside)
            found.append(Bin(number / count, (number + 1) / count, len(inside), confidence, accuracy))
    return found


def calibration_error(judged: Judged) -> float | None:
    """Expected calibration error (Guo et al. 2017): mean distance of confidence and accuracy over the bins."""
    if not judged:
        return None
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins(judged)) / len(judged)


def auroc(judged: Judged) -> float | None:
    """How often a right value has more confidence than a wrong one, ties counted half; `None` without both kinds."""
    right = [confidence for confidence, is_right in judged if is_right]
    wrong = sorted(confidence for confidence, is_right in judged if not is_right)
    if not right or not wrong:
        return None
    ahead = sum(bisect_left(wrong, each) + bisect_right(wrong, each) for each in right)
    return ahead / 2 / (len(right) * len(wrong))
