"""How sure a model was of each value: the probabilities of the tokens that spell it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import exp

from pipeline.extraction.pointers import Path
from pipeline.models.chat import TokenScore


def value_probabilities(
    text: str, spans: Mapping[Path, tuple[int, int]], scores: Sequence[TokenScore]
) -> dict[Path, float]:
    """Geometric mean of the probabilities of each value's tokens, 0 to 1.

    Tokens are matched to values by their bytes. A token that a grammar forced has a logarithm of exactly 0.0, since the
    mask is applied before the probabilities are taken; it says nothing and is left out. So is a value of which nothing
    is left. Where the tokens do not spell the text, nothing is known of any value.

    Args:
        text: the answer.
        spans: characters of the values in it, half open.
        scores: its tokens.
    """
    if b"".join(score.data for score in scores) != text.encode():
        return {}
    begins = [0, *accumulate(len(score.data) for score in scores)]
    bytes_at = _byte_offsets(text)
    found: dict[Path, float] = {}
    for path, (start, stop) in spans.items():
        first = bisect_right(begins, bytes_at[start]) - 1
        last = bisect_right(begins, bytes_at[stop] - 1)
        chosen = [score.logprob for score in scores[first:last] if score.logprob != 0.0]
        if chosen:
            found[path] = exp(sum(chosen) / len(chosen))
    return found


def _byte_offsets(text: str) -> Sequence[int]:
    """Where each character begins in UTF-8, and where the last one ends."""
    if text.isascii():
        return range(len(text) + 1)
    return [0, *accumulate(len(char.encode()) for char in text)]
