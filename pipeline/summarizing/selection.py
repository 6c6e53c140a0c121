"""Which of the scored sentences make the summary: the best that do not repeat one another.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).
"""

from collections.abc import Hashable, Sequence

import numpy as np

from pipeline.summarizing.similarity import Matrix, Vector

RELEVANCE = 0.9  # the rest is the penalty for saying again what has been said
REPEATS = 0.8  # a sentence so near to a chosen one says nothing new
SAME_SECTION = 0.15  # counts as that much similarity, so that a summary goes through the document


def select(scores: Vector, cosines: Matrix, sections: Sequence[Hashable], wanted: int) -> list[int]:
    """Numbers of at most `wanted` sentences, ascending; none with a score of 0, none that repeats another."""
    said = np.zeros(len(scores), dtype=np.float32)
    left = scores > 0
    numbers = {section: number for number, section in enumerate(dict.fromkeys(sections))}
    names = np.asarray([numbers[section] for section in sections])
    highest = float(scores.max()) if len(scores) else 0.0
    chosen: list[int] = []
    while len(chosen) < wanted and bool(left.any()):
        gains = np.where(left, RELEVANCE * scores / highest - (1 - RELEVANCE) * said, -np.inf)
        best = int(np.argmax(gains))
        chosen.append(best)
        left &= cosines[best] < REPEATS
        left[best] = False
        near = cosines[best] + SAME_SECTION * (names == names[best])
        said = np.maximum(said, near)
    return sorted(chosen)
