"""Values that go on: further texts of the line, and lines under it."""

from collections.abc import Sequence

from pipeline.extraction.rules.forms.segments import Segment

NEXT = 3.0
"""Gap within a line up to which a text goes on, in heights."""
LINE_GAP = 0.9
"""Gap between lines up to which a text goes on, in heights."""
MOST_LINES = 30


def continued(rows: Sequence[Sequence[Segment]], key: Segment, value: Segment, taken: set[int]) -> list[Segment]:
    """The texts that go on where a value ends and belong to no other pair."""
    found: list[Segment] = _along(rows, value, taken)
    last = value
    right = max(each.box[2] for each in [value, *found])
    for row in rows[value.run.row + 1 : value.run.row + 1 + MOST_LINES]:
        if not row or row[0].run.page != value.run.page:
            break
        gap = (min(each.box[1] for each in row) - last.box[3]) / last.height
        nearby = [each for each in row if each.box[0] < right and each.box[2] > min(key.box[0], value.box[0])]
        if not nearby:
            if gap > LINE_GAP:
                break
            continue
        first = nearby[0]
        if (
            id(first) in taken
            or (first.box[1] - last.box[3]) / last.height > LINE_GAP
            or not _goes_on(key, value, last, first)
        ):
            break
        line = [first, *_along(rows, first, taken)]
        found += line
        last = first
        right = max(right, *(each.box[2] for each in line))
    return found


def _along(rows: Sequence[Sequence[Segment]], segment: Segment, taken: set[int]) -> list[Segment]:
    """What stands right behind a text in its line."""
    row = list(rows[segment.run.row])
    if segment not in row:
        return []
    found: list[Segment] = []
    last = segment
    for each in row[row.index(segment) + 1 :]:
        if id(each) in taken or each.key or (each.box[0] - last.box[2]) / last.height > NEXT:
            break
        found.append(each)
        last = each
    return found


def _goes_on(key: Segment, value: Segment, last: Segment, line: Segment) -> bool:
    """Whether a line begins where the value does, or where its key does after a full line."""
    if line.key:
        return False
    tolerance = 0.8 * value.height
    if abs(line.box[0] - value.box[0]) < tolerance or abs(line.box[0] - last.box[0]) < tolerance:
        return True
    full = len(last.text) > 25
    return full and key.box[0] - tolerance < line.box[0] < value.box[0] + tolerance
