"""The numbers that Word shows in front of list items and headings, which stand nowhere in the text.

ECMA-376 part 1, section 17.9: a paragraph names a list and a level in it; the list's levels say how they are written.
"""

from dataclasses import dataclass
from typing import Any

from pipeline.reading.office.wordml import W, number, setting

LEVELS = 9
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ROMAN_LOW = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_ROMAN_MOST = 3999


@dataclass(frozen=True, kw_only=True, slots=True)
class _Level:
    form: str
    """`decimal`, `bullet`, `lowerLetter` and so on (section 17.18.59)."""
    pattern: str
    """What is written: `%1.%2` for the counters of the first two levels."""
    start: int


class Numbering:
    """Counts the items of every list of a document in the order they are asked for."""

    def __init__(self, root: Any) -> None:  # noqa: ANN401 - lxml has no type information
        """`root` is the element `w:numbering`, or `None` where the document has no lists."""
        self._lists: dict[str, tuple[str, dict[int, _Level]]] = {}
        """Id of a list → what it shares its counters by, and its levels."""
        self._counters: dict[str, list[int | None]] = {}
        if root is not None:
            self._read(root)

    def _read(self, root: Any) -> None:  # noqa: ANN401 - lxml has no type information
        abstract = {
            found.get(f"{W}abstractNumId"): {
                number(level.get(f"{W}ilvl")) or 0: _level(level) for level in found.iterchildren(f"{W}lvl")
            }
            for found in root.iterchildren(f"{W}abstractNum")
        }
        for found in root.iterchildren(f"{W}num"):
            ident, shared = found.get(f"{W}numId"), setting(found, "abstractNumId") or ""
            levels = dict(abstract.get(shared, {}))
            overridden = False
            for override in found.iterchildren(f"{W}lvlOverride"):
                at = number(override.get(f"{W}ilvl")) or 0
                overridden = True
                start = number(setting(override, "startOverride"))
                inner = override.find(f"{W}lvl")
                level = _level(inner) if inner is not None else levels.get(at)
                if level is not None:
                    levels[at] = level if start is None else _Level(form=level.form, pattern=level.pattern, start=start)
            if ident is not None:
                self._lists[ident] = (f"{shared}/{ident}" if overridden else shared, levels)

    def next(self, ident: str, level: int) -> str:
        """What Word writes in front of the next item of that list and level: empty for a bullet."""
        shared, levels = self._lists.get(ident, ("", {}))
        found = levels.get(level)
        if found is None or not 0 <= level < LEVELS:
            return ""
        counters = self._counters.setdefault(shared, [None] * LEVELS)
        current = counters[level]
        counters[level] = found.start if current is None else current + 1
        counters[level + 1 :] = [None] * (LEVELS - level - 1)
        if found.form in {"bullet", "none"}:
            return ""
        written = found.pattern
        for at in range(LEVELS):
            if f"%{at + 1}" in written and at in levels:
                value = counters[at]
                written = written.replace(
                    f"%{at + 1}", _written(levels[at].start if value is None else value, levels[at].form)
                )
        return written.strip()


def _level(element: Any) -> _Level:  # noqa: ANN401 - lxml has no type information
    start = number(setting(element, "start"))
    return _Level(
        form=setting(element, "numFmt") or "decimal",
        pattern=(setting(element, "lvlText") or "")[:100],
        start=1 if start is None else start,
    )


def _written(value: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and value > 0:
        # After z comes aa, then bb.
        letters = chr(ord("a") + (value - 1) % 26) * min(20, (value - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in {"lowerRoman", "upperRoman"} and 0 < value <= _ROMAN_MOST:
        roman = _roman(value)
        return roman.upper() if form == "upperRoman" else roman
    return f"{value:02}" if form == "decimalZero" else str(value)


def _roman(value: int) -> str:
    pieces: list[str] = []
    for worth, letters in _ROMAN + _ROMAN_LOW:
        while value >= worth:
            pieces.append(letters)
            value -= worth
    return "".join(pieces)
