"""Curricula vitae: the name on top, and the stations of a life with their years."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from pipeline.extraction.layout.runs import Row, Run
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Hit, Span, make_hit
from pipeline.extraction.rules.lists import lines_below
from pipeline.extraction.rules.names import looks_like_person
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.values.dates import MONTHS
from pipeline.extraction.values.folding import fold

TOP_ROWS = 12
LARGE = 0.75
"""Share of the largest type's height from which on single words may be a name in two lines."""
_MONTH = r"(?:(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")[.,]?\s+|\d{1,2}[./]\s?)?"
_NOW = r"present|now|today|current|ongoing|heute|jetzt|aujourd'hui|present|actualidad|actual|oggi|presente|heden|nu"
_SPAN_OF_TIME = re.compile(
    rf"(?<![\w.])(?P<start>{_MONTH}(?:19|20)\d\d)\s*(?:-|to|until|bis|a|al|tot)\s*(?P<end>{_MONTH}(?:19|20)\d\d|{_NOW})(?!\w)"
    rf"|(?<![\w.])(?:since|seit|depuis|desde|dal|sinds)\s+(?P<since>{_MONTH}(?:19|20)\d\d)(?!\w)"
    rf"|(?<![\w.])(?P<only>{_MONTH}(?:19|20)\d\d)(?!\w)"
)
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III)\.?")
_PARTS = re.compile(r"\s+[|•·–—-]\s+|\s*[|•·]\s*|,\s+|\s+(?:at|bei|chez|en|presso|bij)\s+(?=[A-ZÀ-Þ])|\s{3,}")


@dataclass
class Station:
    """A position or a school; every part with its place."""

    title: Span | None = None
    place: Span | None = None
    start: Span | None = None
    end: Span | None = None
    text: list[Span] = field(default_factory=list)


def person_names(view: View, target: Target) -> Iterator[Hit]:
    """Lines near the top that have the form of a person's name, the largest likeliest."""
    for words, score in _names_on_top(view):
        value = target.fit(_joined(words))
        if value is not None:
            yield make_hit(value, score, "top", _merged(words))


def given_names(view: View, target: Target) -> Iterator[Hit]:
    """All but the last word of the names on top."""
    return _parts_of_names(view, target, lambda words: words[:-1])


def surnames(view: View, target: Target) -> Iterator[Hit]:
    """The last word of the names on top, with the particles before it: "van der Meer"."""
    return _parts_of_names(view, target, lambda words: words[-1:])


def _parts_of_names(view: View, target: Target, part: Callable[[list[Span]], list[Span]]) -> Iterator[Hit]:
    for words, score in _names_on_top(view):
        spans = part(_with_particles(words))
        value = target.fit(_joined(spans)) if spans else None
        if value is not None:
            yield make_hit(value, score, "top", _merged(spans))


def _names_on_top(view: View) -> Iterator[tuple[list[Span], float]]:
    """The words of each, and how likely they are a name: one line, or two of one word each in the largest type."""
    rows = view.layout.rows[:TOP_ROWS]
    runs = [run for row in rows for run in row.runs]
    tallest = max((run.height for run in runs), default=0.0)
    names = [[run] for run in runs if looks_like_person(run.text)]
    large = [run for run in runs if run.height > LARGE * tallest and " " not in run.text.strip()]
    for first, second in product(large, large):
        if _stands_below(first, second) and looks_like_person(f"{first.text.strip()} {second.text.strip()}"):
            names.append([first, second])
    plain = [name for name in names if not any(view.labels.is_label(run) for run in name)]
    for rank, name in enumerate(sorted(plain, key=lambda name: name[0].row)):
        score = 0.6 + 0.2 * (name[0].height > 0.95 * tallest) - 0.1 * rank
        words = [(run, match.start(), match.end()) for run in name for match in re.finditer(r"\S+", run.text)]
        yield words, max(score, 0.1)


def _stands_below(above: Run, below: Run) -> bool:
    """Whether a text is the next line under another one, in a column of its own perhaps."""
    gap = (below.box[1] - above.box[3]) / min(above.height, below.height)
    beside = below.box[0] >= above.box[2] or below.box[2] <= above.box[0]
    return above.page == below.page and not beside and -0.3 < gap < 1.0


def _with_particles(words: Sequence[Span]) -> list[Span]:
    """The words of a name, particles as one with the word behind them; a "Jr." goes with the surname before it."""
    grouped: list[Span] = []
    for run, start, end in words:
        last = grouped[-1] if grouped else None
        if last is not None and last[0] is run and (_is_particle(last) or _SUFFIX.fullmatch(run.text[start:end])):
            grouped[-1] = (run, last[1], end)
        else:
            grouped.append((run, start, end))
    return grouped


def _is_particle(span: Span) -> bool:
    run, start, end = span
    return run.text[start:end].rsplit(" ", 1)[-1].islower()


def _joined(spans: Sequence[Span]) -> str:
    return " ".join(run.text[start:end] for run, start, end in spans)


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Neighbours in one run as one span."""
    merged: list[Span] = []
    for run, start, end in spans:
        if merged and merged[-1][0] is run:
            merged[-1] = (run, merged[-1][1], end)
        else:
            merged.append((run, start, end))
    return merged


def headlines(view: View, target: Target) -> Iterator[Hit]:
    """The line under the name, where it says neither where nor how to reach the person."""
    rows = view.layout.rows[:TOP_ROWS]
    for index, row in enumerate(rows[:-1]):
        if len(row.runs) == 1 and looks_like_person(row.text) and not view.labels.is_label(row.runs[0]):
            below = rows[index + 1].runs[0]
            plain = not any(char.isdigit() or char in "@:" for char in below.text)
            value = target.fit(below.text.strip())
            if plain and value is not None and len(below.text.split()) <= 10 and not view.labels.is_label(below):
                yield make_hit(value, 0.55, "under-name", [(below, 0, len(below.text))])
            return


def paragraphs_below(view: View, target: Target) -> Iterator[Hit]:
    """The text of a part with the target's heading."""
    for heading in view.labels.of(target.owners):
        if heading.leads and (heading.run.heading or view.labels.is_label(heading.run)):
            spans: list[Span] = [(run, 0, len(run.text)) for row in lines_below(view, heading) for run in row.runs][:12]
            value = target.fit(" ".join(run.text.strip() for run, _, _ in spans)) if spans else None
            if value:
                yield make_hit(value, 0.7, "part", spans)


def stations(view: View, owners: Sequence[str]) -> list[Station]:
    """The entries of a part; each has a span of time in its first or second line."""
    found: list[Station] = []
    for heading in view.labels.of(owners):
        if heading.leads and (heading.run.heading or heading.colon or view.labels.is_label(heading.run)):
            found += _stations(list(lines_below(view, heading)))
    return found


def _stations(rows: Sequence[Row]) -> list[Station]:
    dated = [index for index, row in enumerate(rows) if _time_in(row) is not None]
    if not dated:
        return []
    lead = 1 if dated[0] == 1 else 0
    starts = [max(0, index - lead) for index in dated]
    ends = [*starts[1:], len(rows)]
    return [_station(rows[start:end]) for start, end in zip(starts, ends, strict=True) if start < end]


def _time_in(row: Row) -> tuple[int, re.Match[str]] | None:
    """Index of the run and the match of a span of time, where it begins or ends the run."""
    for index, run in enumerate(row.runs):
        for match in _SPAN_OF_TIME.finditer(fold(run.text)):
            edge = match.start() <= 2 or len(run.text) - match.end() <= 3 or match["end"] is not None
            if edge:
                return index, match
    return None


def _station(rows: Sequence[Row]) -> Station:
    station = Station()
    heads: list[Span] = []
    for number, row in enumerate(rows):
        time = _time_in(row) if station.start is None else None
        if time is not None:
            heads += _with_time(station, row, *time)
        elif number < 2 and len(heads) < 2 and not row.text.lstrip().startswith(("-", "•", "–", "*", "·")):
            heads += [(run, 0, len(run.text)) for run in row.runs]
        else:
            station.text += [(run, 0, len(run.text)) for run in row.runs]
    parts = [part for head in heads for part in _split(head)]
    station.title = parts[0] if parts else None
    station.place = parts[1] if len(parts) > 1 else None
    return station


def _with_time(station: Station, row: Row, index: int, match: re.Match[str]) -> list[Span]:
    """Take the time out of a row; gives what is left of it."""
    run = row.runs[index]
    first = next(name for name in ("start", "since", "only") if match[name] is not None)
    station.start = (run, *match.span(first))
    station.end = (run, *match.span("end")) if match["end"] is not None else None
    rest = [(run, 0, match.start()), (run, match.end(), len(run.text))]
    others = [(each, 0, len(each.text)) for each in row.runs if each is not run]
    return [span for span in [*rest, *others] if any(char.isalpha() for char in span[0].text[span[1] : span[2]])]


def _split(span: Span) -> list[Span]:
    run, start, end = span
    parts: list[Span] = []
    begin = start
    text = run.text
    for match in [*_PARTS.finditer(text, start, end), None]:
        stop = match.start() if match else end
        piece = text[begin:stop]
        stripped = piece.strip(" ,()|–-—•:")
        if any(char.isalpha() for char in stripped):
            offset = begin + piece.index(stripped)
            parts.append((run, offset, offset + len(stripped)))
        begin = match.end() if match else end
    return parts
