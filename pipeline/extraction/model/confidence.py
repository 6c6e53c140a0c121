"""How sure a value is: features of one score, documented and not calibrated.

    score = P * G        of one candidate
    P: geometric mean of the probabilities of the value's tokens, or `UNKNOWN` where the model tells none
    G: 1 for a value found as it is, `FORGIVEN` to 1 for a text found with differences, `UNFOUND` for one that was not

`merging.choose` then hears all candidates for one leaf: the same value in further windows, or read by the rules, adds
to it, another value takes from it. The result is a documented guess, so results say `calibrated: false`.
"""

UNKNOWN = 0.85
FORGIVEN = 0.7
UNFOUND = 0.45
SECOND_OPINION = 0.6
"""What the rule reader's own confidence counts beside a model."""
EARLIER = 0.8
"""What the confidence of a level before counts."""


def score(probability: float | None, similarity: float | None) -> float:
    """Of one candidate.

    Args:
        probability: of its tokens, 0 to 1; `None` where it is not known.
        similarity: of what was found in the document, 0 to 1; `None` where nothing was.
    """
    sure = UNKNOWN if probability is None else min(1.0, max(0.0, probability))
    if similarity is None:
        return sure * UNFOUND
    return sure * (1.0 if similarity >= 1.0 else FORGIVEN + (1.0 - FORGIVEN) * max(0.0, similarity - 0.5))
