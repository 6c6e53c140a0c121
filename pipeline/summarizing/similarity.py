"""How near sentences are to one another, and which lie in the middle of what is said.

TF-IDF cosine between sentences and a random walk over the graph they make: LexRank in its continuous form (Erkan and
Radev, Journal of Artificial Intelligence Research 22, 2004, section 3).
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]
DAMPING = 0.15  # share of the walk that jumps anywhere, as in the paper
ROUNDS = 60
TOLERANCE = 1e-5


def document_frequencies(terms: Sequence[Sequence[str]]) -> Counter[str]:
    """In how many of the sentences each term occurs."""
    return Counter(term for sentence in terms for term in set(sentence))


def similarities(terms: Sequence[Sequence[str]]) -> Matrix:
    """Cosines between the sentences, shape `(n, n)`, 0 to 1, with 0 on the diagonal."""
    frequencies = document_frequencies(terms)
    shared = {term: column for column, term in enumerate(t for t, count in frequencies.items() if count > 1)}
    rows = np.zeros((len(terms), max(1, len(shared))), dtype=np.float32)
    for row, sentence in enumerate(terms):
        weights = {t: n * idf(frequencies[t], len(terms)) for t, n in Counter(sentence).items()}
        # Terms of one sentence only have no column, but they count in its length.
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        for term, weight in weights.items():
            if term in shared:
                rows[row, shared[term]] = weight / length
    cosines: Matrix = np.clip(rows @ rows.T, 0.0, 1.0)
    np.fill_diagonal(cosines, 0.0)
    return cosines


def idf(frequency: int, sentences: int) -> float:
    """Inverse document frequency, always positive."""
    return math.log(1.0 + sentences / frequency)


def centrality(cosines: Matrix) -> Vector:
    """For each sentence how often a random walk comes by, scaled so that the highest is 1."""
    count = len(cosines)
    if count == 0:
        return np.zeros(0, dtype=np.float32)
    sums = cosines.sum(axis=1, keepdims=True)
    steps = np.divide(cosines, sums, out=np.full_like(cosines, 1.0 / count), where=sums > 0)
    rank = np.full(count, 1.0 / count, dtype=np.float32)
    for _ in range(ROUNDS):
        after = DAMPING / count + (1 - DAMPING) * (rank @ steps)
        if float(np.abs(after - rank).sum()) < TOLERANCE:
            break
        rank = after
    return np.asarray(rank / rank.max(), dtype=np.float32)
