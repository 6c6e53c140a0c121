"""What speaks for a sentence besides what it says: where it stands, how long it is, which words it shares with titles.

All figures are from 0 to 1 and are combined in `scoring`.
"""

import math
import re
from collections.abc import Collection, Sequence

from pipeline.reading.sentences import speaker_length
from pipeline.summarizing.candidates import Candidate

SHORT, GOOD_TO, LONG = 4, 36, 75  # words
TERSE, LADEN = 8.0, 23.0  # terms that make a sentence full: where nearly all is kept, and where nearly nothing is
SPOKEN = 5.0  # the same in speech, whose sentences are short
MOST_KEPT = 0.4  # share of a document's sentences from which on the summary is no longer sparing
SPEAKERS = 0.3  # share of sentences that open with who says them, from which on a text is a conversation
HEADLINE_WORDS = 14
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
_MARKS = re.compile(r"[{\[<][a-z_ ]{2,20}[}\]>]")  # of a transcriber: {vocalsound}, [laughter], <noise>
_FILLER = re.compile(r"\b(?:u[hm]+|m+-?hmm?|hmm?|mm|erm?|äh+m?|yeah|yep|okay|ok|euh|you know|i mean)\b", re.IGNORECASE)
_HALTING = 0.12  # share of fillers and marks among the words, from which on a sentence is hard to read
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
_ANNOUNCING = re.compile(
    r"\b(?:we|(?:in )?this (?:paper|work|study|article|report)|our (?:method|approach|results?|findings?|experiments?"
    r"|model|analysis|study))(?: \w+){0,3}? (?:propos|present|introduc|show|demonstrat|develop|study|studie|investigat"
    r"|find|found|report|describ|address|explor|argu|prov|conclud)\w*|\bin (?:conclusion|summary|short)\b"
    r"|\bto (?:conclude|sum up|summari[sz]e)\b|\b(?:wir (?:zeigen|stellen|untersuchen|schlagen)|zusammenfassend)\b"
    r"|\bnous (?:proposons|présentons|montrons|étudions)\b|\ben (?:conclusión|resumen|conclusion|résumé)\b",
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


def said(text: str) -> str:
    """Without the speaker's name, which would make all that one person says alike, and a transcriber's marks."""
    return _MARKS.sub(" ", text[speaker_length(text) :])


def enough_terms(wanted: int, sentences: int) -> float:
    """How many terms make a sentence full, for a summary of `wanted` of so many sentences.

    The less of a document is kept, the more each sentence has to carry: of an abstract the concise ones are best, of a
    long report those that hold a lot.
    """
    spared = max(0.0, 1.0 - wanted / max(1, sentences) / MOST_KEPT)
    return TERSE + (LADEN - TERSE) * spared


def length(words: int, terms: int, enough: float) -> float:
    """1 for a sentence that holds `enough` terms, falling to 0 for stumps and to a fifth for endless ones.

    Terms are words that are no stop words, so that talk without content is a stump too.
    """
    if words < SHORT:
        return 0.0
    endless = max(0.2, 1.0 - (words - GOOD_TO) / (LONG - GOOD_TO)) if words > GOOD_TO else 1.0
    return min(1.0, terms / enough) * endless


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
    if len(_FILLER.findall(text)) + len(_MARKS.findall(text)) > _HALTING * len(text.split()):
        value *= 0.5
    return value


def is_conversation(candidates: Sequence[Candidate]) -> bool:
    """Whether the text is what people say in turn, as transcripts and chats write it down."""
    turns = sum(speaker_length(candidate.text) > 0 for candidate in candidates)
    return turns > 2 and turns >= SPEAKERS * len(candidates)


def headline(candidates: Sequence[Candidate]) -> str | None:
    """The first line of a text that says no sentence: its title."""
    if len(candidates) < 2 or candidates[0].closed or not candidates[1].opens_paragraph:
        return None
    return candidates[0].text if len(candidates[0].text.split()) <= HEADLINE_WORDS else None


def is_meeting(titles: Sequence[str], *, spoken: bool) -> bool:
    """Whether decisions and tasks are what a reader looks for."""
    return spoken or any(_MEETING.search(title) for title in titles)


def commitment(text: str) -> float:
    """1 for a decision, less for a task or a deadline, 0 for everything else."""
    if _AGREED.search(text):
        return 1.0
    return 0.7 if _ACTION.search(text) else 0.0


def announcement(text: str) -> float:
    """1 where a writer says what the text is about or comes to: a cue phrase (Edmundson, J. ACM 16, 1969)."""
    return 1.0 if _ANNOUNCING.search(text) else 0.0
