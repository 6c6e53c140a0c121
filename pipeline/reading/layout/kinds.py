"""What a block is: heading, list item, caption, running header or footer, or a plain paragraph.

Some of it shows only over the whole document: the size of ordinary text, and what repeats from page to page.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.reading.layout.drafts import Draft
from schemas.documents import BlockKind

_CAPTION = re.compile(r"(fig(ure|\.)?|table|abb(ildung|\.)?|tab(elle|leau|la|\.)?|figura|chart)\s*\d+", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"\W*(p(age|\.)?|seite|s\.|página|pagina)?\W*\d{1,4}(\s*(of|/|von|de|sur|di|\|)\s*\d{1,4})?\W*", re.IGNORECASE
)
_BESIDE_NUMBER = re.compile(r"\d{1,4}\s.*|.*\s\d{1,4}", re.DOTALL)
_SECTION = re.compile(r"\d{1,2}(\.\d{1,2}){1,4}\.?\s+[^\W\d_a-z]")
_NUMBERED = re.compile(r"\d{1,2}(\.\d{1,2}){0,4}\.?\s")
_BULLET = re.compile(r"[^\w(]")
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]")
_LARGER = 1.15
_LARGER_BY_OCR = 1.45
"""Heights of boxes that OCR found vary by themselves."""
_MARGIN = 0.14
_EDGE = 0.045
"""So near the upper or lower edge stands no text proper, where the page has margins."""
_SIDE_MARGIN = 0.05
_FULL_PAGE = 150
"""Words of a page on which a line with a page number in it is a running header."""
_LONGEST_HEADING = 25
_LONGEST_TITLE = 12
"""Words of a heading in the size of the text."""
_LONGEST_FURNITURE = 40


Zone = Literal["header", "footer"]
FurnitureKey = tuple[Zone | None, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A draft of a block with what its kind is told from."""

    draft: Draft
    text: str
    left: float
    top: float
    bottom: float
    """As fractions of the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """The kind of a block."""

    kind: BlockKind
    level: int | None = None


def settle(pages: Sequence[Sequence[Candidate]], *, by_ocr: Sequence[bool]) -> list[list[Settled]]:
    """The kinds of all blocks of a document, page by page."""
    body = _body_size(pages)
    repeated = _repeated(pages)
    larger = [_LARGER_BY_OCR if ocr else _LARGER for ocr in by_ocr]
    caps = _share(pages, lambda each: _is_caps(each.text)) < 0.3
    bold = _share(pages, lambda each: each.draft.bold) < 0.4
    headings = {
        id(each): each.draft.size
        for page, factor in zip(pages, larger, strict=True)
        for each in page
        if _is_heading(each, body, factor, bold=bold, caps=caps)
    }
    levels = _levels(headings.values(), body)
    return [
        [_kind(each, repeated, levels if id(each) in headings else None, _Look.of(page)) for each in page]
        for page in pages
    ]


def _kind(each: Candidate, repeated: set[FurnitureKey], levels: dict[float, int] | None, look: "_Look") -> Settled:
    if each.draft.grid is not None:
        return Settled(kind="table")
    if each.draft.aside:
        return Settled(kind="header")
    zone = _zone(each)
    if zone and (_furniture_key(each) in repeated or _is_furniture(each, look)):
        return Settled(kind=zone)
    if levels is not None:
        return Settled(kind="heading", level=levels[_step(each.draft.size)])
    if _CAPTION.match(each.text) and each.draft.rows <= 6:
        return Settled(kind="caption")
    return Settled(kind="list_item" if each.draft.marker else "paragraph")


def _words(each: Candidate) -> int:
    return each.draft.stop - each.draft.start


def _body_size(pages: Sequence[Sequence[Candidate]]) -> float:
    """The size in which most words outside tables are set."""
    weights: Counter[float] = Counter()
    for page in pages:
        for each in page:
            if each.draft.grid is None:
                weights[_step(each.draft.size)] += _words(each)
    total, seen = sum(weights.values()), 0
    for size in sorted(weights):
        seen += weights[size]
        if 2 * seen >= total:
            return size
    return 0.0


def _step(size: float) -> float:
    """Sizes are told apart in steps of half a unit."""
    return round(size * 2) / 2


def _share(pages: Sequence[Sequence[Candidate]], holds: Callable[[Candidate], bool]) -> float:
    """Share of the words that stand in blocks of which something holds."""
    total = sum(_words(each) for page in pages for each in page)
    return sum(_words(each) for page in pages for each in page if holds(each)) / max(1, total)


def _is_caps(text: str) -> bool:
    return text.upper() == text and len(_LETTERS.findall(text)) >= 4


def _is_heading(each: Candidate, body: float, factor: float, *, bold: bool, caps: bool) -> bool:
    """Whether a block is a heading; `bold` and `caps` say whether these tell anything in this document."""
    draft = each.draft
    if not _may_be_heading(each):
        return False
    if draft.size >= factor * body:
        return True
    if draft.size < 0.9 * body or draft.rows > 2:
        return False
    words = _words(each)
    title = draft.rows == 1 and words <= _LONGEST_TITLE
    if title and _SECTION.match(each.text) and not each.text.endswith((".", ";")):
        return True
    if (each.text.endswith((",", ";", ".")) and words > 4) or ":" in each.text[:-1]:
        return False
    return (bold and draft.bold) or (caps and title and _is_caps(each.text))


def _may_be_heading(each: Candidate) -> bool:
    """Whether a block is short, mostly letters, and no table, row of cells or item with a bullet."""
    draft = each.draft
    if draft.grid is not None or draft.aside or draft.rows > 3 or _words(each) > _LONGEST_HEADING:
        return False
    if not draft.single and not _NUMBERED.match(each.text):
        return False
    if draft.marker and _BULLET.match(each.text):
        return False
    letters = len(_LETTERS.findall(each.text))
    return letters >= 2 and letters >= 0.5 * len(each.text.replace(" ", ""))


def _levels(sizes: Iterable[float], body: float) -> dict[float, int]:
    """Level of a heading by its size: the largest type is 1; what is no larger than the text comes last."""
    levels: dict[float, int] = {}
    level, above = 0, float("inf")
    for size in sorted({_step(size) for size in sizes}, reverse=True):
        if size < 0.94 * above and (size >= 1.06 * body or above >= 1.06 * body):
            level += 1
            above = size
        levels[size] = min(6, max(1, level))
    return levels


def _zone(each: Candidate) -> Zone | None:
    """Which margin a short block stands in."""
    if each.draft.grid is not None or _words(each) > _LONGEST_FURNITURE:
        return None
    if each.bottom < _MARGIN:
        return "header"
    return "footer" if each.top > 1 - _MARGIN else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    """What a page looks like as a whole."""

    full: bool
    """Whether it holds much text."""
    margins: bool
    """Whether its text keeps away from the left edge."""

    @classmethod
    def of(cls, page: Sequence[Candidate]) -> "_Look":
        inner = [each.left for each in page if each.top >= _EDGE and each.bottom <= 1 - _EDGE]
        return cls(
            full=sum(_words(each) for each in page) >= _FULL_PAGE,
            margins=min(inner, default=1.0) >= _SIDE_MARGIN,
        )


def _is_furniture(each: Candidate, look: _Look) -> bool:
    """Whether a block in a margin is a header or footer for itself: a page number, at the very edge, or both."""
    if _PAGE_NUMBER.fullmatch(each.text):
        return True
    if each.draft.rows > 2:
        return False
    numbered = _BESIDE_NUMBER.fullmatch(each.text) is not None and not each.draft.single
    at_edge = each.bottom < _EDGE or each.top > 1 - _EDGE
    return (look.margins and at_edge) or (look.full and numbered and _words(each) <= _LONGEST_TITLE)


def _furniture_key(each: Candidate) -> FurnitureKey:
    return _zone(each), _DIGITS.sub("#", each.text).casefold()


def _repeated(pages: Sequence[Sequence[Candidate]]) -> set[FurnitureKey]:
    """Texts that stand in the same margin of several pages, numbers aside."""
    counts: Counter[FurnitureKey] = Counter()
    for page in pages:
        counts.update({_furniture_key(each) for each in page if _zone(each)})
    least = 2 if len(pages) <= 4 else 3
    return {key for key, count in counts.items() if count >= least}
