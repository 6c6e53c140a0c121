"""Which stretch of the running text each part of a document is."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from pipeline.extraction.flow import Flow
from pipeline.extraction.grounding import Place

SLACK = 2_000
"""Characters by which a part without pages may lie elsewhere than its share of the text says."""
SHARE = 0.1


class PartRanges:
    """Stretches of parts: exact for pages, by the parts' sizes for documents without them."""

    def __init__(self, flow: Flow, sizes: Mapping[int, int]) -> None:
        """Take the running text, and how much text each part has, in any unit."""
        self._length = len(flow.text)
        self._pages = _pages(flow)
        self._shares = _shares(sizes)

    def of(self, parts: Sequence[int]) -> Place:
        """From the first of neighbouring parts to the last (half open)."""
        if self._pages:
            known = [self._pages[part] for part in parts if part in self._pages]
            return (known[0][0], known[-1][1]) if known else (0, 0)
        first, last = self._shares.get(parts[0], (0.0, 1.0)), self._shares.get(parts[-1], (0.0, 1.0))
        slack = SLACK + SHARE * self._length
        return max(0, int(first[0] * self._length - slack)), min(self._length, int(last[1] * self._length + slack))

    def begin(self, parts: Sequence[int]) -> int:
        """About where the first of them begins."""
        start, _ = self.of(parts)
        if self._pages:
            return start
        return int(self._shares.get(parts[0], (0.0, 1.0))[0] * self._length)


def _pages(flow: Flow) -> dict[int, Place]:
    found: dict[int, Place] = {}
    for passage, offset in zip(flow.passages, flow.offsets, strict=True):
        if passage.page is not None:
            start, _ = found.get(passage.page, (offset, offset))
            found[passage.page] = (start, offset + len(passage.text) + 1)
    return found


def _shares(sizes: Mapping[int, int]) -> dict[int, tuple[float, float]]:
    total = sum(sizes.values()) or 1
    ends = list(accumulate(sizes.values()))
    return {
        number: ((end - size) / total, end / total) for (number, size), end in zip(sizes.items(), ends, strict=True)
    }
