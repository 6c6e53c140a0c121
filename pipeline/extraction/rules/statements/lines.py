"""Lines of a statement: a label and its figures, and which line answers for what a schema asks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.extraction.layout.runs import Layout, Row
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.lexicon import Words
from pipeline.extraction.rules.statements.columns import Figure, figures_of
from pipeline.extraction.rules.tokens import keys
from pipeline.extraction.values.locale import Locale

EXACT, TOTAL, PARTIAL = 1.0, 0.95, 0.6
SECTION_ROWS = 14
"""Rows below a heading, or below a first part, in which their total is looked for."""
LONGEST_LABEL = 12
"""Words of a label."""
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[*†‡¹²³!?\"'’´`^°]+|(?<=[a-z])\d{1,2}$")
_TOTAL_WORDS = "total totals gesamt summe totale totaal suma somme insgesamt"
_TOTALS = frozenset(_TOTAL_WORDS.split())
_CONTRARY_WORDS = (
    "cost costs expense expenses deferred unearned tax taxes per margin growth ratio percent % change provision "
    "kosten aufwand steuern marge cout couts charges gastos costes costi spese related allowances excluding "
    "before unbilled gross less allowance"
)
_CONTRARY = frozenset(_CONTRARY_WORDS.split())
"""Words that make a label mean something else: the "cost of revenue" is no revenue."""


@dataclass(frozen=True, eq=False)
class Line:
    """A row with figures."""

    row: Row
    label: tuple[Span, ...]
    words: Words
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Answer:
    """A line that may be what is asked for, and how well its label fits (0 to 1)."""

    line: Line
    fit: float


def lines_of(layout: Layout, locale: Locale) -> Iterator[Line]:
    """The rows of a document that have figures, from top to bottom."""
    for row in layout.rows:
        figures = figures_of(row, locale)
        if figures:
            label = _label(row, figures)
            yield Line(row, label, label_words(label), tuple(figures))


def _label(row: Row, figures: Sequence[Figure]) -> tuple[Span, ...]:
    """What stands before the first figure, signs of currencies left out."""
    first = figures[0]
    spans: list[Span] = []
    for run in row.runs:
        end = first.number.start if run is first.run else len(run.text)
        text = run.text[:end].rstrip(" $€£:.")
        if sum(char.isalpha() for char in text) > 1:
            spans.append((run, 0, len(text)))
        if run is first.run:
            break
    return tuple(spans)


def label_words(label: Iterable[Span]) -> Words:
    """The words of a label without remarks in parentheses and the marks of footnotes."""
    text = " ".join(run.text[start:end] for run, start, end in label)
    return keys(_REMARK.sub(" ", text))


def answers(lines: Sequence[Line], labels: Sequence[Words]) -> list[Answer]:
    """The lines that a label speaks for, the best first; of equally good ones the first on the page.

    `labels` come in the order of their weight. A line whose label adds few words to one of them fits less than one that
    is called so; "total" adds weight rather than taking it.
    """
    found = [Answer(line, fit) for line in lines if (fit := _fit(line.words, labels)) > 0]
    return sorted(found, key=lambda answer: (-answer.fit, answer.line.row.index))


def _fit(words: Words, labels: Sequence[Words]) -> float:
    if not words or len(words) > LONGEST_LABEL:
        return 0.0
    total = bool(_TOTALS.intersection(words))
    core = tuple(word for word in words if word not in _TOTALS)
    if words in labels or core in labels:
        rank = min(labels.index(form) for form in (words, core) if form in labels)
        return EXACT + (0.1 if total else 0.0) - 0.004 * rank
    if _CONTRARY.intersection(core):
        return 0.0
    best = max((len(label) for label in labels if label and _holds(core, label)), default=0)
    if not best:
        return 0.0
    share = best / len(core)
    return (TOTAL if total else PARTIAL) - 0.3 * (1 - share)


def _holds(words: Words, label: Words) -> bool:
    """Whether the words of a label stand together in others."""
    return any(words[start : start + len(label)] == label for start in range(len(words) - len(label) + 1))


def section_total(layout: Layout, lines: Sequence[Line], labels: Sequence[Words]) -> Line | None:
    """The line that is only called "Total" below a heading without figures that is one of the labels."""
    by_row = {line.row.index: line for line in lines}
    for row in layout.rows:
        if row.index in by_row or len(row.text.split()) > LONGEST_LABEL:
            continue
        if label_words([(run, 0, len(run.text)) for run in row.runs]) not in labels:
            continue
        below = [by_row[each.index] for each in layout.below(row.index, SECTION_ROWS) if each.index in by_row]
        for number, line in enumerate(below):
            if line.words and _TOTALS.issuperset(line.words):
                return line
            if number > 1 and not line.words and _sums_up(below[:number], line):
                return line
            if _CONTRARY.intersection(line.words):
                break
    return None


def unnamed_total(lines: Sequence[Line], start: int) -> Line | None:
    """A line without a label that sums up the lines from one on, where a statement leaves "total" out."""
    for end in range(start + 1, min(len(lines), start + SECTION_ROWS)):
        line = lines[end]
        if line.row.page != lines[start].row.page or _CONTRARY.intersection(line.words):
            return None
        if not line.words:
            return line if _sums_up(lines[start:end], line) else None
    return None


def _sums_up(parts: Sequence[Line], line: Line) -> bool:
    """Whether each figure of a line is the sum of those above it."""
    count = len(line.figures)
    if len(parts) < 2 or any(len(part.figures) < count for part in parts):
        return False
    sums = [sum((part.figures[i].number.value for part in parts), Decimal(0)) for i in range(count)]
    return all(total == figure.number.value for total, figure in zip(sums, line.figures, strict=True))
