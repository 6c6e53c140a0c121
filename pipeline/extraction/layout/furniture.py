"""Rows that only furnish the page: running heads and feet, page numbers."""

import re

from pipeline.extraction.layout.runs import Layout
from pipeline.extraction.values.folding import squeeze

EDGE_ROWS = 4
"""Rows at the top and at the bottom of a page that may be furniture."""
_PAGE_NUMBER = re.compile(
    r"(?:(?:page|seite|pagina|p|pag|seite von|blatt)\.?\s*)?#+(?:\s*(?:of|von|de|di|van|sur|/|-)\s*#+)?"
    r"|[-–]\s*#+\s*[-–]"
    r"|(?:page|seite|pagina)\s+(?:von|of|de|di|van|sur)?\s*(?:#+\s*)+|(?:page|seite|pagina)\s+#+\s+\w+\s+#+"
)

_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")
_NUMBERED_PAGE = re.compile(r"\b(?:page|seite|pagina|blatt|p\.)\s*\d+(?:\s*(?:of|von|de|di|van|sur|/)\s*\d+)?")


def furniture(layout: Layout) -> set[int]:
    """Indices of rows at the edges of pages that are page numbers, or that another page repeats but for its own number.

    Other digits must be the same: the first row of a table on one page may differ from that on the next by them alone.
    A row with an amount is content, even if the next page has the same.
    """
    seen: dict[str, set[int]] = {}
    edges: list[tuple[int, str, int]] = []
    for page, (first, last) in layout.pages.items():
        for index in {*range(first, min(last, first + EDGE_ROWS)), *range(max(first, last - EDGE_ROWS), last)}:
            text = squeeze(layout.rows[index].text)
            if _AMOUNT.search(text):
                continue
            if _PAGE_NUMBER.fullmatch(re.sub(r"\d", "#", text)):
                text = "#"
            text = re.sub(rf"(?<!\d){page}(?!\d)", "#", _NUMBERED_PAGE.sub("#", text))
            seen.setdefault(text, set()).add(page)
            edges.append((index, text, page))
    return {index for index, text, _ in edges if text == "#" or _repeated(text, seen)}


def _repeated(text: str, seen: dict[str, set[int]]) -> bool:
    letters = sum(char.isalpha() for char in text)
    return letters >= 3 and len(seen[text]) >= 2
