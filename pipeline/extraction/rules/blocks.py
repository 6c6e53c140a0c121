"""Runs under one another that belong together: addresses, letterheads, lists of data."""

from dataclasses import dataclass
from functools import cached_property

from pipeline.extraction.layout.runs import Layout, Run, enclose
from schemas.evidence import Box

LINE_GAP = 1.0
"""Widest gap between lines of one block, in heights of the line."""


@dataclass(eq=False)
class TextBlock:
    """Runs from top to bottom, aligned at the left or at the centre."""

    runs: list[Run]

    @cached_property
    def box(self) -> Box:
        """Around all runs."""
        return enclose([run.box for run in self.runs])

    @property
    def page(self) -> int:
        """Its page."""
        return self.runs[0].page


def text_blocks(layout: Layout, first: int, last: int) -> list[TextBlock]:
    """The blocks of the rows `first` to `last` (half open), in the order of their first lines."""
    blocks: list[TextBlock] = []
    for row in layout.rows[first:last]:
        for run in row.runs:
            block = _block_above(blocks, run)
            if block is None:
                blocks.append(TextBlock([run]))
            else:
                block.runs.append(run)
    return blocks


def _block_above(blocks: list[TextBlock], run: Run) -> TextBlock | None:
    """The block that the run continues; looked for among the latest, since older ones have ended."""
    best, smallest = None, LINE_GAP
    for block in blocks[-30:]:
        last = block.runs[-1]
        if last.page != run.page or last.row == run.row:
            continue
        gap = (run.box[1] - last.box[3]) / max(min(run.height, last.height), 1e-6)
        if -0.5 < gap < smallest and _aligned(last, run):
            best, smallest = block, gap
    return best


def _aligned(upper: Run, lower: Run) -> bool:
    tolerance = 0.6 * min(upper.height, lower.height)
    left = abs(upper.box[0] - lower.box[0])
    centre = abs((upper.box[0] + upper.box[2]) - (lower.box[0] + lower.box[2])) / 2
    return left < tolerance or centre < 1.5 * tolerance
