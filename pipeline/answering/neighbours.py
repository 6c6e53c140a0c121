"""Passages of one document that follow one another, joined: what was cut for the embedder is read as it stood."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from pipeline.answering.joining import Joining
from pipeline.answering.passage import JoinedChunk, Part, Passage

LONGEST = 3_000
"""Characters of the chunks that are joined; neighbours that have more between them stay apart."""
_SECTIONS = " > "


def joined(passages: Sequence[Passage], limit: int) -> list[Passage]:
    """The first `limit` passages (best first) that are left when neighbours among them are one, in the better's place.

    Neighbours are chunks with consecutive numbers of one revision of a document. What the second repeats of the first,
    a table's header, is left out.
    """
    runs: list[_Run] = []
    for passage in passages:
        run = _Run(passage, (passage,))
        places: list[int] = []
        for place, other in enumerate(runs):
            if other.touches(run) and other.length + run.length <= LONGEST:
                run = other.with_other(run)
                places.append(place)
        if places:
            runs[places[0]] = run
            for place in reversed(places[1:]):
                del runs[place]
        elif len(runs) == limit:
            break
        else:
            runs.append(run)
    return [run.passage for run in runs]


@dataclass(frozen=True, slots=True)
class _Run:
    """Passages in reading order, and the best of them."""

    best: Passage
    members: tuple[Passage, ...]

    @property
    def length(self) -> int:
        return sum(len(one.chunk.text) for one in self.members)

    def touches(self, other: "_Run") -> bool:
        mine, its = self.best.chunk, other.best.chunk
        if (mine.document_id, mine.revision) != (its.document_id, its.revision):
            return False
        return self.follows(other) or other.follows(self)

    def follows(self, other: "_Run") -> bool:
        """Where both are of one document."""
        return self.members[0].chunk.number == other.members[-1].chunk.number + 1

    def with_other(self, other: "_Run") -> "_Run":
        first, second = (other, self) if self.follows(other) else (self, other)
        return _Run(self.best, (*first.members, *second.members))

    @property
    def passage(self) -> Passage:
        if len(self.members) == 1:
            return self.best
        joining = Joining()
        parts = [Part(one.chunk, joining.add(one.chunk.text, one.chunk.anchors)) for one in self.members]
        best = self.best.chunk
        chunk = JoinedChunk(
            id=best.id,
            document_id=best.document_id,
            document_name=best.document_name,
            revision=best.revision,
            number=best.number,
            text=joining.text,
            section=_common([one.chunk.section or "" for one in self.members]),
            anchors=joining.anchors,
        )
        score = max(one.score for one in self.members)
        return Passage(
            chunk=chunk, score=score, parts=parts, twins=[twin for one in self.members for twin in one.twins]
        )


def _common(sections: Sequence[str]) -> str | None:
    """The headings that all of them stand under."""
    levels = zip(*(section.split(_SECTIONS) for section in sections), strict=False)
    return _SECTIONS.join(titles[0] for titles in takewhile(lambda titles: len(set(titles)) == 1, levels)) or None
