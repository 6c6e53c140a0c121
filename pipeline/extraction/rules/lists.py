"""Lists under or behind a heading: skills, participants, decisions, whatever an array of texts is called."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.labels import Occurrence
from pipeline.extraction.rules.zones import skip_punctuation

MAX_ROWS = 80
MAX_ITEMS = 500
GAP = 2.4
"""Gap that ends a list, in heights of a line."""
_MARK = re.compile(r"^\s*(?:[-–—•*▪◦‣·✓✔○●■□o](?=\s)|\(?\d{1,3}[.)](?=\s)|\(?[a-z]\)(?=\s))\s*")
_COMMA = re.compile(r"\s*[,;•|·]\s*|\s+(?:and|und|et|y|e|en)\s+(?=[A-ZÀ-Þ])")
_SENTENCE = re.compile(r"[a-z]{2,}[.!?](?:\s|$)")


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item with the places of its text."""

    text: str
    spans: tuple[Span, ...]


def list_items(view: View, owners: Iterable[str], *, split: bool = True) -> list[ListItem]:
    """The items of all lists with a heading of these owners.

    Args:
        view: the document.
        owners: whose labels are headings.
        split: whether commas part items; not where the items are sentences.
    """
    items: list[ListItem] = []
    for heading in view.labels.of(owners):
        if heading.run.row not in view.tables and _is_heading(view, heading):
            behind = _behind(heading, split=split) if heading.colon else []
            items += behind or list(_below(view, heading, split=split))
    return _distinct(items)[:MAX_ITEMS]


def lines_below(view: View, heading: Occurrence) -> Iterator[Row]:
    """The rows of a heading's part: up to the next heading or a wide gap."""
    bottom, page = heading.run.box[3], heading.run.page
    for row in view.layout.rows[heading.run.row + 1 : heading.run.row + 1 + MAX_ROWS]:
        runs = _column_of(heading, row)
        if not runs:
            continue
        if _starts_part(view, runs[0]):
            return
        if row.page == page and row.box[1] - bottom > GAP * max(row.height, heading.run.height) * _looseness(view):
            return
        bottom, page = row.box[3], row.page
        yield Row(runs, row.index)


def _looseness(view: View) -> float:
    """Documents without pages have wide gaps between paragraphs of one part."""
    return 1.0 if view.layout.page_sizes else 4.0


def _column_of(heading: Occurrence, row: Row) -> list[Run]:
    """The runs of a row that stand under the heading rather than in a column to its left."""
    left = heading.run.box[0] - 1.5 * heading.run.height
    return [run for run in row.runs if run.box[0] >= left]


def _is_heading(view: View, heading: Occurrence) -> bool:
    begins = heading.leads and not heading.before.strip(" 0123456789.)")
    return begins and (heading.colon or view.labels.is_label(heading.run))


def _starts_part(view: View, run: Run) -> bool:
    """Whether a run is a heading: by the reader's judgement, or a label and nothing more."""
    if run.heading:
        return True
    labels = view.labels.in_run(run)
    return view.labels.is_label(run) and labels[0].start == 0 and not _MARK.match(run.text)


def _behind(heading: Occurrence, *, split: bool) -> list[ListItem]:
    """Items in the heading's own run: "Present: A, B and C"."""
    run = heading.run
    start = skip_punctuation(run.text, heading.end, len(run.text))
    if not any(char.isalnum() for char in run.text[start:]):
        return []
    return list(_parts(run, start, len(run.text), split=split))


def _below(view: View, heading: Occurrence, *, split: bool) -> Iterator[ListItem]:
    rows = list(lines_below(view, heading))
    marked = any(_MARK.match(row.text) for row in rows)
    if not marked and _in_columns(rows):
        for row in rows:
            for run in row.runs:
                yield from _finish([_unmarked(run)], split=split)
        return
    current: list[Span] = []
    for row in rows:
        spans = [_unmarked(run) for run in row.runs]
        spans = [span for span in spans if span[1] < span[2]]
        if marked and not _MARK.match(row.text) and current:
            current += spans
            continue
        yield from _finish(current, split=split and not marked)
        current = spans
    yield from _finish(current, split=split and not marked)


def _in_columns(rows: list[Row]) -> bool:
    """Whether a list is set in columns: more than half of its rows have several texts, the second ones flush."""
    seconds = [row.runs[1] for row in rows if len(row.runs) > 1]
    if len(seconds) < 2 or len(seconds) * 2 <= len(rows):
        return False
    lefts = [run.box[0] for run in seconds]
    return max(lefts) - min(lefts) < seconds[0].height


def _unmarked(run: Run) -> Span:
    mark = _MARK.match(run.text)
    bare = re.fullmatch(r"\W|o|\d{1,3}[.)]", run.text)
    return (run, len(run.text) if bare else mark.end() if mark else 0, len(run.text))


def _finish(spans: list[Span], *, split: bool) -> Iterator[ListItem]:
    if len(spans) == 1 and split:
        yield from _parts(*spans[0], split=True)
    elif spans:
        text = " ".join(run.text[start:end].strip() for run, start, end in spans)
        yield ListItem(text, tuple(spans))


def _parts(run: Run, start: int, end: int, *, split: bool) -> Iterator[ListItem]:
    """The pieces of a text between commas; a sentence is one piece."""
    text = run.text[start:end]
    cuts = [] if not split or _SENTENCE.search(text.rstrip(".")) else list(_COMMA.finditer(text))
    begin = 0
    for stop, resume in [*((cut.start(), cut.end()) for cut in cuts), (len(text), len(text))]:
        piece = text[begin:stop].strip().rstrip(".") if cuts else text[begin:stop].strip()
        if any(char.isalnum() for char in piece):
            offset = start + text.index(piece, begin)
            yield ListItem(piece, ((run, offset, offset + len(piece)),))
        begin = resume


def _distinct(items: Iterable[ListItem]) -> list[ListItem]:
    found: dict[str, ListItem] = {}
    for item in items:
        found.setdefault(item.text.casefold(), item)
    return list(found.values())
