"""How much a text looks like a key, like something filled in, and how well two of them stand to one another."""

import re

from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.forms.segments import MARKS, Segment, key_words
from pipeline.extraction.values.dates import find_dates

LEAST = 2.7
"""Least score of a pair."""
FAR_RIGHT, FAR_BELOW = 22.0, 1.6
"""Gap up to which a value belongs to a key, in heights."""
COLON, KNOWN = 2.4, 1.6
INSIDE = 1.8
"""What standing in one run adds."""
NAME = 1.5
"""What the form of a person's name takes from a key."""
_NAME = re.compile(r"(?:[A-Z]\.\s?){1,3}[A-ZÀ-Þ][\w'’-]+|(?:[A-ZÀ-Þ][a-zà-ÿ]+\s)[A-Z]\.\s[A-ZÀ-Þ]")
_SENTENCE = re.compile(r"[a-z]{3,}[.;,]\s|[.;]$")
_UNITS = re.compile(r"^[\d.,/ ]++\W*+\w{0,6}+\W*+$")
"""Possessive: commas and blanks fit three of its parts, and trying each split is cubic."""


def keyness(view: View, segment: Segment, aligned: int) -> float:
    """How much a text looks like a key; `aligned` texts above and below begin a line where it does."""
    text, words = segment.text, segment.words
    if segment.key:
        return COLON
    if not words or len(words) > 8 or not any(char.isalpha() for char in text) or text[0].islower():
        return -9.0
    score = -NAME if not key_words().intersection(words) and _NAME.match(text) else 0.0
    vocabulary = key_words()
    if view.labels.is_label(segment.run):
        score += KNOWN
    if words[-1] in vocabulary or words[0] in vocabulary:
        score += 1.0 if len(words) <= 5 else 0.5
    elif vocabulary.intersection(words):
        score += 0.5
    score += 0.35 * min(aligned, 2)
    score += 0.4 if len(words) <= 4 else -0.2 * (len(words) - 4)
    digits = sum(char.isdigit() for char in text)
    score -= 0.5 * min(digits, 5) + (1.5 if find_dates(text) else 0.0)
    score -= 1.5 * bool(_SENTENCE.search(text)) + 0.6 * (segment.run.confidence < 0.75)
    return score


def valueness(view: View, segment: Segment) -> float:
    """How much a text looks like something filled in."""
    text = segment.text
    if segment.key:
        return -9.0
    score = 0.3
    if view.labels.is_label(segment.run):
        score -= 2.2
    elif segment.words and key_words().issuperset(segment.words) and not any(char.isdigit() for char in text):
        score -= 1.5
    elif segment.words and segment.words[-1] in key_words():
        score -= 0.4
    score += 0.6 * any(char.isdigit() for char in text)
    score += 0.5 * bool(_UNITS.match(text)) + 0.4 * (text in ("X", "x") or text[0] in MARKS)
    return score


def beside(key: Segment, value: Segment) -> float:
    """How well a value stands to the right of a key; it must be the next text of the line."""
    gap = (value.box[0] - key.box[2]) / min(key.height, value.height)
    return 1.4 - gap / FAR_RIGHT if gap < FAR_RIGHT else -9.0


def below(key: Segment, value: Segment) -> float:
    """How well a value stands under a key."""
    height = min(key.height, value.height)
    gap = (value.box[1] - key.box[3]) / height
    if not -0.4 < gap < FAR_BELOW:
        return -9.0
    left = (value.box[0] - key.box[0]) / height
    inside = value.box[0] < key.box[2] and value.box[2] > key.box[0]
    centred = abs(value.box[0] + value.box[2] - key.box[0] - key.box[2]) / 2 < 1.5 * height
    if not inside or (left < -1.5 and not centred):
        return -9.0
    return 0.9 - 0.4 * max(gap, 0.0) - 0.12 * max(0.0, abs(left) - 3.0)


def unlike(key: Segment, value: Segment) -> float:
    """Key and value written in different ways: capitals over small letters, print beside handwriting."""
    first, second = _capitals(key.text), _capitals(value.text)
    differs = first is not None and second is not None and first != second
    return 0.4 * differs + 0.3 * (value.run.confidence < 0.9 <= key.run.confidence)


def _capitals(text: str) -> bool | None:
    letters = [char for char in text if char.isalpha()]
    return all(char.isupper() for char in letters) if len(letters) > 2 else None
