"""Words of text that runs to the left, put together from where their letters stand.

A PDF places glyphs and does not say in which order they are read: figures and Latin words inside an Arabic line run
the other way, punctuation and spaces come at odd places, and ligatures are taken apart in the wrong order. What stands
on the page is sure, so lines are read from there: the letters are brought from the order in which they are seen to the
order in which they are read, by the levels of the Unicode Bidirectional Algorithm (UAX #9, rules W4, W5, N1 and L2).
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from pipeline.reading.layout.direction import Way, may_run_left, way_of

LineKey = tuple[int, int]
"""Number of a block among those of text, and of a line in it."""
Word = tuple[float, float, float, float, str, int, int, int]
"""As MuPDF gives it: box, text, block, line, and number in the line."""

_APART = 0.25
"""Letters further apart than this many heights belong to two words."""
_NEAR = 0.6
"""Lines of one block no further apart than this many heights, side by side, are one."""
_LEVEL = 0.3
_NOTHING = 0.01
"""Share of its height that a letter is wide at least."""
_ALIGNED = 0.99
"""Cosine of the angle to an axis of the page below which a line runs askew, and is left as it is."""
_OPENING = "([{<«"
_CLOSING = ")]}>»"
_MIRRORED = dict(zip(_OPENING + _CLOSING, _CLOSING + _OPENING, strict=True))
_PARTS_OF_FIGURES = frozenset("/:.,٫٬")


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A letter with the marks on it, or a ligature. `begin` and `end` lie along the line, `middle` across it."""

    text: str
    box: tuple[float, float, float, float]
    begin: float
    end: float
    middle: float
    height: float


def letter(text: str, box: tuple[float, float, float, float], along: tuple[float, float]) -> Letter | None:
    """A letter in its box on a line that runs `along`; `None` for a line that runs askew."""
    x0, y0, x1, y1 = box
    if abs(along[0]) > _ALIGNED:
        begin, end = (x0, x1) if along[0] > 0 else (-x1, -x0)
        return Letter(text=text, box=box, begin=begin, end=end, middle=(y0 + y1) / 2, height=y1 - y0)
    if abs(along[1]) > _ALIGNED:
        begin, end = (y0, y1) if along[1] > 0 else (-y1, -y0)
        return Letter(text=text, box=box, begin=begin, end=end, middle=(x0 + x1) / 2, height=x1 - x0)
    return None


def reordered(words: Sequence[Word], lines: Mapping[LineKey, Sequence[Letter]]) -> list[Word]:
    """The words of a page, those in lines that run to the left made anew.

    `lines` holds the letters in the file's order; lines that are not in it, and those that run to the right, keep
    their words.
    """
    ways = [way_of(word[4]) for word in words]
    page_to_left = ways.count("left") > ways.count("right")
    made: dict[LineKey, list[Word]] = {}
    for block, keys in groupby(sorted(lines), key=lambda key: key[0]):
        del block
        for group in _side_by_side({key: lines[key] for key in keys}):
            letters = [each for key in group for each in _whole(lines[key])]
            if _has_to_be_made(letters, len(group)):
                first = min(group)
                made.update({key: [] for key in group})
                made[first] = list(_numbered(_words(_as_read(letters, to_left=page_to_left)), first))
    kept: list[Word] = []
    for key, group_of_words in groupby(words, key=lambda word: (word[5], word[6])):
        kept += made.get(key, group_of_words)
    return kept


def _has_to_be_made(letters: Sequence[Letter], pieces: int) -> bool:
    """Whether letters of a line run to the left, or are the pieces of a figure that stands among such lines."""
    ways = {way_of(each.text) for each in letters}
    return "left" in ways or (pieces > 1 and "right" not in ways)


def _side_by_side(lines: Mapping[LineKey, Sequence[Letter]]) -> Iterator[list[LineKey]]:
    """The lines of a block in groups that are one line on the page."""
    seen = {key: [each for each in letters if not each.text.isspace()] for key, letters in lines.items()}
    spans = {
        key: (
            sum(each.middle for each in letters) / len(letters),
            min(each.begin for each in letters),
            max(each.end for each in letters),
            max(each.height for each in letters),
        )
        for key, letters in seen.items()
        if letters
    }
    level: list[LineKey] = []
    for key in sorted(spans, key=lambda key: spans[key][0]):
        if level and spans[key][0] - spans[level[-1]][0] > _LEVEL * spans[key][3]:
            yield from _near(level, spans)
            level = []
        level.append(key)
    yield from _near(level, spans)


def _near(
    level: Sequence[LineKey], spans: Mapping[LineKey, tuple[float, float, float, float]]
) -> Iterator[list[LineKey]]:
    group: list[LineKey] = []
    reach = 0.0
    for key in sorted(level, key=lambda key: spans[key][1]):
        _, begin, end, height = spans[key]
        if group and begin - reach > _NEAR * height:
            yield group
            group = []
        reach = max(reach, end) if group else end
        group.append(key)
    if group:
        yield group


def _whole(letters: Sequence[Letter]) -> list[Letter]:
    """Letters with what takes no room of its own: the rest of a ligature, and marks.

    MuPDF takes a ligature apart and gives the whole room to its first letter; in a line that runs to the left it turns
    them round. Presentation forms become letters.
    """
    made: list[Letter] = []
    waiting: list[str] = []
    for each in letters:
        text = unicodedata.normalize("NFKC", each.text) if each.text >= "\ufb1d" else each.text
        if each.end - each.begin > _NOTHING * each.height:
            made.append(replace(each, text=text + "".join(reversed(waiting))))
            waiting = []
        elif made and (_is_mark(text) or abs(made[-1].end - each.begin) <= _NOTHING * each.height):
            made[-1] = replace(made[-1], text=made[-1].text + text)
        else:
            waiting.append(text)
    if waiting and made:
        made[-1] = replace(made[-1], text=made[-1].text + "".join(waiting))
    return made


def _is_mark(text: str) -> bool:
    return unicodedata.category(text[0]) == "Mn"


def _as_read(letters: Sequence[Letter], *, to_left: bool) -> list[Letter]:
    """Letters of a line in any order → as they are read; `to_left` says that the page runs to the left."""
    seen = sorted(letters, key=lambda each: each.begin + each.end)
    ways = [way_of(each.text) for each in seen]
    to_left = to_left or ways.count("left") >= ways.count("right")
    levels = _levels([each.text for each in seen], ways, base=1 if to_left else 0)
    order = list(range(len(seen)))
    for level in range(max(levels, default=0), 0, -1):
        order = _turned(order, levels, level)
    return _with_brackets([seen[number] for number in order], [levels[number] for number in order])


def _with_brackets(letters: Sequence[Letter], levels: Sequence[int]) -> list[Letter]:
    """Letters with brackets that open before they close: in text that runs to the left they are drawn mirrored (L4).

    Some files say which bracket is meant, others which is drawn.
    """
    places = [number for number, level in enumerate(levels) if level == 1 and letters[number].text in _MIRRORED]
    opens = [letters[number].text in _OPENING for number in places]
    pairs = list(pairwise(opens))
    changed = list(letters)
    if pairs.count((False, True)) > pairs.count((True, False)):
        for number in places:
            changed[number] = replace(letters[number], text=_MIRRORED[letters[number].text])
    return changed


def _turned(order: list[int], levels: Sequence[int], level: int) -> list[int]:
    """Rule L2: every stretch at `level` or above turned round."""
    turned: list[int] = []
    for high, stretch in groupby(order, key=lambda number: levels[number] >= level):
        run = list(stretch)
        turned += reversed(run) if high else run
    return turned


def _levels(texts: Sequence[str], ways: Sequence[Way], *, base: int) -> list[int]:
    """The level of each letter, in the order in which they are seen; `base` is 1 where the line runs to the left.

    Figures go with the letters before them (W7); in a line that runs to the right, only with letters on both sides.
    """
    figure = _figures(texts, ways)
    kinds: list[Way] = [way if way in ("left", "right") else "neutral" for way in ways]
    beside = _beside(kinds)
    for number in (number for number, is_figure in enumerate(figure) if is_figure):
        leftward = beside[number][0] != "right" if base else set(beside[number]) == {"left"}
        kinds[number] = "left" if leftward else "right"
    levels = []
    for kind, is_figure, (before, after) in zip(kinds, figure, _beside(kinds), strict=True):
        if kind == "neutral":
            kind = before if before == after else "left" if base else "right"  # noqa: PLW2901 - what it counts as
        levels.append(2 if is_figure and kind == "left" else 1 if kind == "left" else 2 * base)
    return levels


def _beside(kinds: Sequence[Way]) -> list[tuple[Way, Way]]:
    """For each letter, which ways the nearest ones on its two sides run that run any way."""
    return list(zip(_before(kinds), reversed(list(_before(kinds[::-1]))), strict=True))


def _before(kinds: Sequence[Way]) -> Iterator[Way]:
    seen: Way = "neutral"
    for kind in kinds:
        yield seen
        seen = seen if kind == "neutral" else kind


def _figures(texts: Sequence[str], ways: Sequence[Way]) -> list[bool]:
    """Which letters are parts of figures: digits, what parts them (W4) and what belongs to them (W5)."""
    figure = [way == "figure" for way in ways]
    digits = [number for number, each in enumerate(figure) if each]
    for before, after in pairwise(digits):
        between = [text for text in texts[before + 1 : after] if not text.isspace()]
        single = len(between) == 1 and (between[0] in _PARTS_OF_FIGURES or (after == before + 2 and between[0] == "-"))
        if single:
            figure[before + 1 : after] = [True] * (after - before - 1)
    for number, text in enumerate(texts):
        beside = (number and ways[number - 1] == "figure") or ways[number + 1 : number + 2] == ["figure"]
        if beside and unicodedata.bidirectional(text[0]) == "ET":
            figure[number] = True
    return figure


def _words(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Cut at spaces and where letters stand apart."""
    word: list[Letter] = []
    for each in letters:
        if word and (each.text.isspace() or _gap(word[-1], each) > _APART * each.height):
            yield word
            word = []
        if not each.text.isspace():
            word.append(each)
    if word:
        yield word


def _gap(one: Letter, other: Letter) -> float:
    return max(one.begin, other.begin) - min(one.end, other.end)


def _numbered(words: Iterator[list[Letter]], line: LineKey) -> Iterator[Word]:
    for number, letters in enumerate(words):
        x0, y0, x1, y1 = zip(*(each.box for each in letters), strict=True)
        yield min(x0), min(y0), max(x1), max(y1), "".join(each.text for each in letters), *line, number


def runs_left(words: Sequence[Word]) -> bool:
    """Whether any of these words may run to the left."""
    return may_run_left("".join([word[4] for word in words]))
