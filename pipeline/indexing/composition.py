"""Units to the text of a chunk: which slices it is made of, and what stands between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from pipeline.indexing.anchors import Anchor, Slice, anchor
from pipeline.indexing.units import Unit
from pipeline.reading.passages import SpeechPassage


@dataclass(frozen=True, slots=True)
class Composition:
    """Slices, each with what is written before it."""

    parts: Sequence[tuple[str, Slice]]
    foreign: Slice | None = None
    """Names of columns from a page before, which say nothing of where the text stands."""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(separator + part.text for separator, part in self.parts)

    @property
    def anchors(self) -> list[Anchor]:
        """Where each slice of the text was read."""
        found: list[Anchor] = []
        at = 0
        for separator, part in self.parts:
            at += len(separator)
            found.append({**anchor(part, at), **({"foreign": True} if part is self.foreign else {})})
            at += part.end - part.start
        return found


def append(some: Sequence[Unit], unit: Unit) -> list[Unit]:
    """The units and one more; what only white space parted in its passage is one unit again."""
    if some and _continues(some[-1].part, unit.part):
        last = some[-1].part
        return [*some[:-1], replace(some[-1], part=replace(last, end=unit.part.end))]
    return [*some, unit]


def compose(some: Sequence[Unit], *, header: Slice | None = None) -> Composition:
    """The units behind one another, after a table's `header` where they begin inside that table."""
    repeated = header if header is not None and not _holds(some[0].part, header) else None
    found = [Unit(repeated)] if repeated is not None else []
    for unit in some:
        found = append(found, unit)
    slices = [unit.part for unit in found]
    before: Sequence[Slice | None] = [None, *slices]
    foreign = repeated if repeated is not None and repeated.passage is not some[0].part.passage else None
    return Composition([(_separator(last, part), part) for last, part in zip(before, slices, strict=False)], foreign)


def section(some: Sequence[Unit]) -> tuple[str, ...]:
    """The headings that all of them stand under."""
    levels = zip(*(unit.path for unit in some), strict=False)
    return tuple(titles[0] for titles in takewhile(lambda titles: len(set(titles)) == 1, levels))


def _holds(part: Slice, header: Slice) -> bool:
    return part.passage is header.passage and part.start < header.end


def _continues(before: Slice, part: Slice) -> bool:
    """Whether only white space lies between them in one passage."""
    if before.passage is not part.passage or part.start < before.end:
        return False
    between = part.passage.text[before.end : part.start]
    return not between or between.isspace()


def _separator(before: Slice | None, part: Slice) -> str:
    passage = part.passage
    if isinstance(passage, SpeechPassage):
        return _turn(before, passage)
    if before is None:
        return ""
    kinds = (before.passage.kind, passage.kind)
    if before.passage is passage or kinds[0] == "heading" or kinds in (("table", "table"), ("list_item", "list_item")):
        return "\n"
    return "\n\n"


def _turn(before: Slice | None, passage: SpeechPassage) -> str:
    """Who speaks is said where the speaker changes."""
    speaker = passage.segment.speaker
    if before is not None and isinstance(before.passage, SpeechPassage) and before.passage.segment.speaker == speaker:
        return " "
    return ("\n" if before else "") + (f"{speaker}: " if speaker else "")
