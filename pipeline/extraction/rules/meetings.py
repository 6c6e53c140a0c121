"""What meetings decide and who does what, in minutes and in what was said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.extraction.flow import Flow
from pipeline.extraction.values.dates import find_dates
from pipeline.extraction.values.locale import Locale
from pipeline.reading.sentences import sentences

MAX_FOUND = 200
_DECIDED = re.compile(
    r"\b(?:we|they|the\s+(?:team|board|committee|group|council|meeting))\s+(?:have\s+|has\s+)?(?:all\s+)?"
    r"(?:decided|agreed|resolved|approved|adopted)\b|\b(?:it\s+(?:was|is)\s+(?:decided|agreed|resolved|approved))\b|"
    r"\bthe\s+decision\s+(?:is|was)\b|\b(?:motion|proposal|resolution)\s+(?:was\s+|is\s+)?(?:carried|passed|approved|adopted)\b|"
    r"\bbeschlossen\b|\bil\s+a\s+ete\s+decide\b|\bnous\s+avons\s+decide\b|\bse\s+(?:decidio|acordo)\b|\bsi\s+e\s+deciso\b|"
    r"\bbesloten\b"
)
_TASK = re.compile(
    r"\baction\s+(?:item|point)\b|\b(?:will|shall|is\s+going\s+to|needs?\s+to|has\s+to|must|agreed\s+to|volunteered\s+to)\s+"
    r"(?:also\s+)?(?:send|prepare|write|call|contact|check|review|update|draft|arrange|book|order|report|follow|finish|"
    r"organi[sz]e|schedule|provide|share|create|ask|talk|speak|look|set|make|present|circulate|confirm|fix|complete)\b"
)
_OWNER = re.compile(
    r"^(?P<lead>[A-ZÀ-Þ][\w'’.-]+(?:\s+[A-ZÀ-Þ][\w'’.-]+){0,2})"
    r"\s*(?::|[-–]\s|\s(?:to|will|shall|is\s+going\s+to|needs\s+to|has\s+to|must)\s)|"
    r"\((?P<paren>[A-ZÀ-Þ][\w'’.-]+(?:\s+[A-ZÀ-Þ][\w'’.-]+){0,2})(?:[,;][^)]*)?\)"
)
_NOBODY = frozenset({"we", "it", "the", "this", "that", "they", "there", "action", "he", "she", "i", "you", "all"})
_DUE = re.compile(
    r"\b(?:by|until|before|due(?:\s+on)?|no\s+later\s+than|bis|avant\s+le|d'ici|antes\s+del|entro|voor|uiterlijk)\s+"
    r"(?:the\s+)?(?P<when>(?:end\s+of\s+)?(?:next\s+|this\s+)?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|"
    r"month|quarter|year|today|tomorrow|montag|dienstag|mittwoch|donnerstag|freitag|lundi|mardi|mercredi|jeudi|vendredi|"
    r"january|february|march|april|may|june|july|august|september|october|november|december)(?:\s+\d{1,2}(?:st|nd|rd|th)?)?)"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done, with who and until when where it says so; offsets count within the text given."""

    owner: Stretch | None
    due: Stretch | None


def decisions_said(flow: Flow) -> list[Stretch]:
    """Sentences that state a decision."""
    found = (s for s in _sentences(flow) if _DECIDED.search(flow.folded[s.start : s.end]))
    return list(islice(found, MAX_FOUND))


def actions_said(flow: Flow) -> list[Stretch]:
    """Sentences that give somebody something to do."""
    found = (s for s in _sentences(flow) if _TASK.search(flow.folded[s.start : s.end]))
    tasks = (s for s in found if not _DECIDED.search(flow.folded[s.start : s.end]))
    return list(islice(tasks, MAX_FOUND))


def _sentences(flow: Flow) -> Iterator[Stretch]:
    for start, end in sentences(flow.text):
        yield Stretch(start, end)


def read_action(text: str, folded: str, locale: Locale) -> Action:
    """Owner and date of a task's text: "Ann to send the minutes by Friday", "Book a room (Bob, 12 May)"."""
    owner = None
    match = _OWNER.search(text)
    if match is not None:
        group = "lead" if match["lead"] else "paren"
        if match[group].split()[0].casefold() not in _NOBODY:
            owner = Stretch(*match.span(group))
    dates = find_dates(text, locale.order)
    said = _DUE.search(folded)
    due = Stretch(dates[-1].start, dates[-1].end) if dates else Stretch(*said.span("when")) if said else None
    return Action(owner, due)
