"""What speaks for a sentence besides what it says: where it stands, how long it is, which words it shares with titles.

All figures are from 0 to 1 and are combined in `scoring`.
"""

import math
import re
from collections.abc import Collection, Sequence

from pipeline.summarizing.candidates import Candidate

SHORT, GOOD_FROM, GOOD_TO, LONG = 4, 9, 36, 75  # words
_LEADING = re.compile(
    r"(?:however|but|and|so|also|this|that|these|those|it|he|she|they|his|her|their|its|then|thus|therefore|moreover|"
    r"for example|in addition|yes|no|yeah|okay|ok|well|um|uh|mm|right|er)\b",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"page \d+|all rights reserved|©|copyright|https?://|www\.|[\w.+-]+@[\w-]+\.\w|\btel(?:ephone)?\b[.:]|\bfax\b"
    r"|\bp\.?\s?o\.? box\b|click here|cookies?\b|table of contents|\biban\b|\bbic\b|unsubscribe"
    r"|\.{5,}|_{4,}|confidential(?: and proprietary)?$",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"[\"”»]\s+(?:means?|has the meaning|shall mean)\b|\b(?:each a|together the)\s+[\"“«]")
_AGREED = re.compile(
    r"\b(?:(?:we|they|board|team|committee|group|council|meeting|everyone)\s+(?:\w+\s+)?"
    r"(?:decided?|agreed?|approved?|resolved?|voted|chose|concluded?)|decision|action item|next step|conclusion)\b",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"\bwill\s+(?!be\b|have\b)\w+|\b(?:needs?|has|have) to\b|\bby (?:the end of|next|monday|tuesday|wednesday|thursday"
    r"|friday|\d|january|february|march|april|may|june|july|august|september|october|november|december)|\bdeadline\b",
    re.IGNORECASE,
)
_MEETING = re.compile(r"\b(?:minutes|meeting|protokoll|sitzung|agenda|réunion|acta|notulen)\b", re.IGNORECASE)
_HALF = 6.0  # sentences after which the bonus for standing at the beginning is halved


def position(candidate: Candidate, number: int, total: int) -> float:
    """Beginnings say most: of the document, then of a section, then of a paragraph; ends of documents say a little."""
    lead = math.pow(0.5, number / _HALF)
    opening = 0.45 if candidate.opens_section else 0.25 if candidate.opens_paragraph else 0.0
    closing = 0.2 if total > 12 and number >= total - 2 else 0.0
    return max(lead, opening, closing)


def length(words: int) -> float:
    """1 for a sentence of usual length, falling to 0 for stumps and to a fifth for endless ones."""
    if words < SHORT:
        return 0.0
    if words < GOOD_FROM:
        return (words - SHORT + 1) / (GOOD_FROM - SHORT + 1)
    if words <= GOOD_TO:
        return 1.0
    return max(0.2, 1.0 - (words - GOOD_TO) / (LONG - GOOD_TO))


def overlap(terms: Sequence[str], titles: Collection[str]) -> float:
    """Share of the title words that the sentence takes up, half of them being enough for 1."""
    if not titles:
        return 0.0
    return min(1.0, 2.0 * len(set(terms) & set(titles)) / len(titles))


def soundness(candidate: Candidate) -> float:
    """1 for a statement that stands on its own; less for questions, definitions, fragments, boilerplate and figures."""
    text = candidate.text
    letters = sum(character.isalpha() for character in text)
    value = 1.0
    if _BOILERPLATE.search(text) or letters < 0.6 * len(text.replace(" ", "")):
        value *= 0.3
    if text.endswith("?") or _DEFINITION.search(text):
        value *= 0.5
    if _LEADING.match(text):
        value *= 0.8
    if candidate.passage.page is not None and not candidate.closed:
        value *= 0.6
    if text.isupper():
        value *= 0.5
    return value


def is_meeting(titles: Sequence[str], *, spoken: bool) -> bool:
    """Whether decisions and tasks are what a reader looks for."""
    return spoken or any(_MEETING.search(title) for title in titles)


def commitment(text: str) -> float:
    """1 for a decision, less for a task or a deadline, 0 for everything else."""
    if _AGREED.search(text):
        return 1.0
    return 0.7 if _ACTION.search(text) else 0.0
