"""What a summary may be made of: the sentences of a document, or its lines where it has no sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.reading.passages import PagePassage, Passage, passages
from pipeline.reading.sentences import sentences
from schemas.documents import Document
from schemas.evidence import Evidence, PageEvidence

PROSE = frozenset({"paragraph", "list_item", "quote"})
NO_LINES = frozenset({"header", "footer", "code"})
RUNNING = 3  # a text that stands so often is a running head, not a statement
LONGEST_CHARACTERS = 1_500  # of one candidate; what is longer is no sentence but text without punctuation
_END = re.compile(r"[.!?…。！？۔।][\"'”’»)\]」』]*$")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A sentence or a line: characters `start` to `end` (half open) of a passage."""

    text: str
    """With single spaces; a sentence that a page break or a wrongly split paragraph cuts is whole."""
    passage: Passage
    start: int
    end: int
    rest: tuple[Candidate, ...] = ()
    """What follows of a cut sentence."""
    opens_section: bool = False
    """Whether it is the first below its heading."""
    opens_paragraph: bool = False

    @property
    def closed(self) -> bool:
        """Whether it ends as sentences do."""
        return _END.search(self.text) is not None

    def evidence(self) -> Evidence:
        """Where it was read; of a sentence that goes on over a page break, the part on its first page."""
        place = self.passage.evidence(self.start, self.end)[0]
        for part in self.rest:
            place = _with(place, part.evidence())
        return place


def sentence_candidates(document: Document) -> list[Candidate]:
    """Sentences of paragraphs, list items, quotations and speech, in order, without running heads and repetitions."""
    return _once(_joined(_sentences(_in_sections(passages(document)))))


def line_candidates(document: Document) -> list[Candidate]:
    """Lines as they stand on the page, rows of tables and sheets, turns of speech, in order."""
    found = (
        _candidate(passage, start, end)
        for passage in passages(document)
        if passage.kind not in NO_LINES
        for start, end in _lines(passage)
    )
    return _once(found)


def _in_sections(stream: Iterable[Passage]) -> Iterator[tuple[Passage, bool]]:
    """Passages of prose, each with whether it is the first below its heading."""
    last: tuple[str, ...] | None = None
    for passage in stream:
        if passage.kind in PROSE:
            yield passage, passage.section != last
            last = passage.section


def _sentences(stream: Iterable[tuple[Passage, bool]]) -> Iterator[Candidate]:
    for passage, opens_section in stream:
        for number, (start, end) in enumerate(sentences(passage.text)):
            first = number == 0
            stop = min(end, start + LONGEST_CHARACTERS)
            yield _candidate(passage, start, stop, opens_section=opens_section and first, opens_paragraph=first)


def _candidate(
    passage: Passage, start: int, end: int, *, opens_section: bool = False, opens_paragraph: bool = False
) -> Candidate:
    return Candidate(
        text=" ".join(passage.text[start:end].split()),
        passage=passage,
        start=start,
        end=end,
        opens_section=opens_section,
        opens_paragraph=opens_paragraph,
    )


def _joined(stream: Iterable[Candidate]) -> Iterator[Candidate]:
    """Sentences that were cut are put together again."""
    open_one: Candidate | None = None
    for candidate in stream:
        if open_one is not None and _goes_on(open_one, candidate):
            text = f"{open_one.text} {candidate.text}"
            open_one = replace(open_one, text=text, rest=(*open_one.rest, candidate))
            continue
        if open_one is not None:
            yield open_one
        open_one = candidate
    if open_one is not None:
        yield open_one


def _goes_on(before: Candidate, after: Candidate) -> bool:
    """Whether `after`, on the same page or the next, begins in the middle of a sentence that `before` leaves open."""
    last = before.rest[-1] if before.rest else before
    pages = last.passage.page, after.passage.page
    if pages[0] is None or pages[1] is None or not 0 <= pages[1] - pages[0] <= 1:
        return False
    return not before.closed and after.opens_paragraph and after.text[0].islower()


def _with(place: Evidence, other: Evidence) -> Evidence:
    """Both places in one, where they are on one page."""
    if not isinstance(place, PageEvidence) or not isinstance(other, PageEvidence) or place.page != other.page:
        return place
    return PageEvidence(page=place.page, boxes=[*place.boxes, *other.boxes], quote=f"{place.quote} {other.quote}")


def _once(stream: Iterable[Candidate]) -> list[Candidate]:
    """The first of each text; none of those that stand on page after page with another number."""
    found = [candidate for candidate in stream if candidate.text]
    counts = Counter(_pattern(candidate) for candidate in found)
    seen: set[str] = set()
    kept = []
    for candidate in found:
        running = counts[_pattern(candidate)] >= RUNNING and candidate.passage.page is not None
        if candidate.text not in seen and not (running and _DIGITS.search(candidate.text)):
            kept.append(candidate)
        seen.add(candidate.text)
    return kept


def _pattern(candidate: Candidate) -> str:
    return _DIGITS.sub("#", candidate.text.casefold())


def _lines(passage: Passage) -> Iterator[tuple[int, int]]:
    if isinstance(passage, PagePassage) and passage.lines:
        yield from _printed_lines(passage.offsets, passage.lines, len(passage.text))
        return
    start = 0
    for line in passage.text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def _printed_lines(offsets: Sequence[int], lines: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """Where the words of each printed line begin and end; one separator lies between two lines."""
    starts = [next(group)[1] for _, group in groupby(zip(lines, offsets, strict=True), key=lambda pair: pair[0])]
    for start, after in zip(starts, [*starts[1:], length + 1], strict=True):
        yield start, after - 1
