"""Whether confidence and evidence can be trusted: figures over all values of the labelled sets together."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bench.eval.judging import Given
from pipeline.evaluation.reliability import auroc, calibration_error
from pipeline.evaluation.values import Kind, holds
from pipeline.settings import Extraction as Settings
from schemas.documents import Document, Page
from schemas.evidence import Box, PageEvidence
from schemas.extraction import FieldValue

WANTED = {
    "calibration_error": ("≤ 0.08", "expected calibration error"),
    "auroc": ("≥ 0.75", "AUROC of confidence"),
    "sure_right": ("≥ 0.95", "right above the review threshold"),
    "sure_share": ("≥ 0.5", "share above the review threshold"),
    "evidence": ("≥ 0.97", "right values whose evidence holds their text, in boxes of at most twice its area"),
}
ROOM = 2.0
"""Area of boxes over that of the words of the value that is still taken for its place."""


def figures(given: Sequence[Given], placed: Sequence[bool]) -> dict[str, float | None]:
    """The figures of `WANTED`; `placed` is of each leaf of a right value whether its evidence holds."""
    judged = [(each.confidence, each.right) for each in given]
    sure = [right for confidence, right in judged if confidence >= Settings().review_below]
    return {
        "calibration_error": calibration_error(judged),
        "auroc": auroc(judged),
        "sure_right": sum(sure) / len(sure) if sure else None,
        "sure_share": len(sure) / len(judged) if judged else None,
        "evidence": sum(placed) / len(placed) if placed else None,
    }


def placed_leaves(given: Iterable[Given], document: Document) -> Iterator[tuple[bool, FieldValue]]:
    """Of each leaf of the right values whether its evidence is the place of the value, and no more than it."""
    pages = {page.number: page for page in document.pages}
    for each in given:
        if each.right:
            for pointer, leaf in zip(each.pointers, each.leaves, strict=True):
                yield is_placed(pointer, leaf, pages), leaf


def is_placed(pointer: str, leaf: FieldValue, pages: dict[int, Page]) -> bool:
    """Whether some evidence holds the value's own text in boxes of at most `ROOM` times the area of its words."""
    kind = _kind(pointer, leaf.value)
    for place in leaf.evidence:
        if not holds(kind, place.quote, leaf.value) and not _says(pointer, place.quote, leaf.value):
            continue
        if not isinstance(place, PageEvidence):
            return True
        page = pages[place.page]
        words = [word for box in place.boxes for word in _words_in(page, box)]
        if sum(map(_area, place.boxes)) <= ROOM * _own_area(kind, words, leaf.value):
            return True
    return False


def _kind(pointer: str, value: Any) -> Kind:  # noqa: ANN401 - JSON
    name = pointer.rsplit("/", 1)[-1]
    if "currency" in name:
        return "currency"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return "date"
    return "text" if isinstance(value, str) else "number"


def _says(pointer: str, quote: str, value: Any) -> bool:  # noqa: ANN401 - JSON
    """Readings of periods and units, which are said in other words: the year of a last day, "3" by "three months"."""
    name = pointer.rsplit("/", 1)[-1]
    if name in ("period_end", "months", "unit", "term", "currency"):
        digits = re.findall(r"\d{4}", str(value))
        return not digits or any(each in quote or each[2:] in quote for each in digits)
    return False


def _words_in(page: Page, box: Box) -> Iterator[tuple[str, Box]]:
    words = page.words
    for index, text in enumerate(words.text):
        own = words.box(index)
        x, y = (own[0] + own[2]) / 2, (own[1] + own[3]) / 2
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
            yield text, own


def _own_area(kind: Kind, words: Sequence[tuple[str, Box]], value: Any) -> float:  # noqa: ANN401 - JSON
    """Area of the fewest words that still hold the value; of all, where only the quote as a whole says it."""
    kept = list(words)
    while len(kept) > 1 and holds(kind, " ".join(text for text, _ in kept[1:]), value):
        kept = kept[1:]
    while len(kept) > 1 and holds(kind, " ".join(text for text, _ in kept[:-1]), value):
        kept = kept[:-1]
    return sum(_area(box) for _, box in kept)


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)
