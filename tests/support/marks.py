"""Pages as an engine would see them, written down by hand: six units a character, twelve a line."""

import numpy as np

from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.marks import Marks
from pipeline.reading.layout.scene import Scene, make_scene

CHARACTER = 6.0
HEIGHT = 12.0

Line = tuple[float, float, str]
"""Left, top and text of a line; its words are parted by single spaces."""


def page(
    *lines: Line,
    width: float = 600.0,
    height: float = 800.0,
    sizes: dict[str, float] | None = None,
    bold: tuple[str, ...] = (),
    vectors: list[tuple[float, float, float, float]] | None = None,
) -> Marks:
    """Marks of lines; `sizes` and `bold` tell lines by their text."""
    text: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    line: list[int] = []
    size: list[float] = []
    heavy: list[bool] = []
    for number, (left, y, words) in enumerate(lines):
        x = left
        scale = (sizes or {}).get(words, 10.0) / 10.0
        for word in words.split(" "):
            end = x + CHARACTER * scale * len(word)
            text.append(word)
            boxes.append((x, y, end, y + HEIGHT * scale))
            line.append(number)
            size.append(10.0 * scale)
            heavy.append(words in bold)
            x = end + CHARACTER * scale * 0.5
    return Marks(
        width=width,
        height=height,
        text=text,
        boxes=np.array(boxes).reshape(-1, 4),
        line=np.array(line, np.int64),
        size=np.array(size),
        bold=np.array(heavy, np.bool_),
        vectors=np.array(vectors or [], np.float64).reshape(-1, 4),
    )


def scene(*lines: Line) -> Scene:
    """The scene of such a page."""
    return make_scene(page(*lines), [])[0]


def rows_of_texts(marks: Marks, rows: list[list[int]]) -> list[list[str]]:
    """Rows of segments as their texts."""
    lines = segments(marks)
    return [[" ".join(marks.text[lines.start[each] : lines.stop[each]]) for each in row] for row in rows]


def table(columns: list[float], rows: list[list[str]], *, top: float = 100.0, pitch: float = 16.0) -> list[Line]:
    """Lines of a table: one for each cell that is not empty."""
    return [
        (columns[column], top + pitch * row, cell)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell
    ]


def prose(x: float, y: float, lines: int, *, words: int = 6, word: str = "words", pitch: float = 14.0) -> list[Line]:
    """Lines of running text of one length."""
    return [(x, y + pitch * number, " ".join([word] * words)) for number in range(lines)]
