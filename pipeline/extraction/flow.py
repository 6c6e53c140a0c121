"""A document as one running text that knows where each of its characters was read."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property

from pipeline.extraction.values.folding import fold
from pipeline.reading.passages import Passage, passages
from schemas.documents import Document
from schemas.evidence import Evidence, PageEvidence

SEPARATOR = "\n"


class Flow:
    """Passages behind one another, each on its own line."""

    def __init__(self, parts: Iterable[Passage]) -> None:
        self.passages = [part for part in parts if part.text]
        self.offsets: list[int] = []
        length = 0
        for part in self.passages:
            self.offsets.append(length)
            length += len(part.text) + len(SEPARATOR)
        self.text = SEPARATOR.join(part.text for part in self.passages)

    @classmethod
    def of(cls, document: Document) -> "Flow":
        """All passages of a document but the running heads and feet of its pages."""
        return cls(part for part in passages(document) if part.kind not in ("header", "footer"))

    @cached_property
    def folded(self) -> str:
        """The text folded for comparing; characters stand at the same places."""
        return fold(self.text)

    def evidence(self, start: int, end: int) -> list[Evidence]:
        """Where the characters `start` to `end` (half open) were read; parts on one page make one place.

        Raises:
            ValueError: there are no such characters.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no characters {start} to {end} in a text of {len(self.text)}")
        found: list[Evidence] = []
        index = max(0, bisect_right(self.offsets, start) - 1)
        while index < len(self.passages) and self.offsets[index] < end:
            part, offset = self.passages[index], self.offsets[index]
            first, last = max(0, start - offset), min(len(part.text), end - offset)
            if first < last:
                found = _join(found, part.evidence(first, last))
            index += 1
        return found


def _join(found: list[Evidence], more: list[Evidence]) -> list[Evidence]:
    last = found[-1] if found else None
    first = more[0] if more else None
    if isinstance(last, PageEvidence) and isinstance(first, PageEvidence) and last.page == first.page:
        joined = PageEvidence(page=last.page, boxes=[*last.boxes, *first.boxes], quote=f"{last.quote} {first.quote}")
        return [*found[:-1], joined, *more[1:]]
    return [*found, *more]
