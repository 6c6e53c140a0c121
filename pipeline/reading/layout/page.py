"""One page: what the engine saw → words in reading order and drafts of its blocks."""

import numpy as np

from pipeline.reading.layout.arranger import Arranged, Arranger
from pipeline.reading.layout.drafts import ends, make_drafts, markers
from pipeline.reading.layout.lines import Lines
from pipeline.reading.layout.marks import Marks, median
from pipeline.reading.layout.paragraphs import Rows, begins, usual_pitch
from pipeline.reading.layout.rows import is_stacked
from pipeline.reading.tables.ruled import find_ruled
from pipeline.reading.tables.rules import no_rules, rules_among


def arrange(marks: Marks, lines: Lines) -> Arranged:
    """Put a page with words in order; `lines` are its segments."""
    unit = max(0.2, median(lines.height) / 11)
    rules = rules_among(marks.vectors, marks.width, marks.height, unit) if len(marks.vectors) else no_rules()
    ruled = find_ruled(marks, lines, rules, unit) if len(rules.upright) else []
    if not ruled and is_stacked(lines):
        return _stacked(marks, lines)
    return Arranger(marks, rules, ruled).arranged()


def _stacked(marks: Marks, lines: Lines) -> Arranged:
    """A page of one column that is in order as it is: the common case, done without a look at single words."""
    starts, stops = lines.start.tolist(), lines.stop.tolist()
    rows = Rows(
        x0=lines.x0,
        y0=lines.y0,
        x1=lines.x1,
        y1=lines.y1,
        height=lines.height,
        size=lines.size,
        bold=lines.bold,
        single=np.ones(len(lines), np.bool_),
        marker=markers(marks, starts),
        ends=ends(marks, stops),
    )
    first = np.flatnonzero(begins(rows, usual_pitch(rows))).tolist()
    drafts = make_drafts(
        rows, first, [starts[row] for row in first], [stops[row - 1] for row in [*first[1:], len(stops)]]
    )
    line = np.arange(len(lines)).repeat(lines.stop - lines.start)
    return Arranged(order=None, line=line, drafts=drafts)
