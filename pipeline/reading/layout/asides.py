"""Lines that run up or down a side margin of a page that is read otherwise: stamps of archives, notes of publishers.

They are no part of the text and reach over many of its lines, so they are put aside before its order is found.
"""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.reading.layout.arranger import Arranged
from pipeline.reading.layout.drafts import Draft
from pipeline.reading.layout.joining import reordered
from pipeline.reading.layout.marks import Bools, Floats, Ints, Marks

_MARGIN = 0.12
"""Share of the page's width."""
_UPRIGHT = 1.5
_SEVERAL = 4
"""Letters of a word that cannot be higher than wide while it runs to the right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Aside:
    """What was put aside."""

    marks: Marks

    def appended(
        self, marks: Marks, fractions: Floats, arranged: Arranged, own: Floats
    ) -> tuple[Marks, Floats, Arranged]:
        """A page's words in order, and these behind them as a block for each line.

        `fractions` and `own` are the boxes of the page's words and of these as fractions of the page.
        """
        start, lines_done = len(marks), int(arranged.line[-1]) + 1
        _, first, line = np.unique(self.marks.line, return_index=True, return_inverse=True)
        drafts = [
            Draft(
                start=start + begin,
                stop=start + stop,
                rows=1,
                size=float(self.marks.size[begin]),
                bold=False,
                single=True,
                aside=True,
            )
            for begin, stop in zip(first.tolist(), [*first[1:].tolist(), len(self.marks)], strict=True)
        ]
        confidence = marks.confidence
        if confidence is not None and self.marks.confidence is not None:
            confidence = np.append(confidence, self.marks.confidence)
        return (
            replace(marks, text=[*marks.text, *self.marks.text], confidence=confidence),
            np.concatenate((fractions, own)),
            replace(arranged, line=np.append(arranged.line, lines_done + line), drafts=[*arranged.drafts, *drafts]),
        )


def part(marks: Marks, frame: Marks) -> tuple[Marks, Marks, Aside | None]:
    """The same words as found and in the reading frame, without the lines that are put aside; and these."""
    which = _sideways(frame)
    if not len(which) or len(which) == len(frame):
        return marks, frame, None
    rest = np.setdiff1d(np.arange(len(frame)), which)
    return _taken(marks, rest), _taken(frame, rest), Aside(marks=_taken(marks, which))


def _sideways(frame: Marks) -> Ints:
    """The words of such lines: all of a line stand in one margin, and most of its long words are higher than wide."""
    boxes = frame.boxes
    inside = (boxes[:, 2] < _MARGIN * frame.width) | (boxes[:, 0] > (1 - _MARGIN) * frame.width)
    tall = inside & (boxes[:, 3] - boxes[:, 1] > _UPRIGHT * (boxes[:, 2] - boxes[:, 0]))
    found = {int(frame.line[word]) for word in tall.nonzero()[0].tolist() if len(frame.text[word]) >= _SEVERAL}
    lines = [line for line in found if _is_aside(frame, line, inside, tall)]
    return np.flatnonzero(np.isin(frame.line, lines)) if lines else np.empty(0, np.int64)


def _is_aside(frame: Marks, line: int, inside: Bools, tall: Bools) -> bool:
    words = np.flatnonzero(frame.line == line)
    long = [word for word in words.tolist() if len(frame.text[word]) >= _SEVERAL]
    return bool(inside[words].all()) and 2 * int(tall[long].sum()) > len(long)


def _taken(marks: Marks, words: Ints) -> Marks:
    return reordered(marks, words, marks.line[words])
