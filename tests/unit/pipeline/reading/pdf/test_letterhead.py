"""Letterheads that are pictures: where they are looked for, and what becomes of their words."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import DamagedFile
from pipeline.reading.layout.marks import Marks
from pipeline.reading.options import ReadingOptions
from pipeline.reading.pdf import letterhead
from pipeline.reading.pdf.letterhead import with_letterhead

OPTIONS = ReadingOptions(name="a.pdf", media_type="application/pdf")
FOOT = [40.0, 720.0, 480.0, 810.0]


def text(*pictures: list[float]) -> Marks:
    """A page of one line with pictures."""
    return Marks(
        width=595,
        height=842,
        text=["Hello", "world"],
        boxes=np.array([[50.0, 300, 90, 312], [95, 300, 140, 312]]),
        line=np.array([0, 0]),
        size=np.array([12.0, 12]),
        bold=np.zeros(2, np.bool_),
        pictures=np.array(pictures).reshape(-1, 4),
    )


class Page:
    """Draws white, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def render(self, side_px: int) -> np.ndarray:
        if self._error is not None:
            raise self._error
        return np.full((side_px, round(side_px * 595 / 842), 3), 255, np.uint8)


@pytest.fixture
def recognize(monkeypatch):
    """What the engine finds on each strip; notes how large they were."""
    shapes: list[tuple[int, ...]] = []

    def find(*words: str, sure: float = 0.95) -> list[tuple[int, ...]]:
        def found(bitmap, side_px):
            shapes.append(bitmap.shape)
            count = len(words)
            return Marks(
                width=bitmap.shape[1],
                height=bitmap.shape[0],
                text=list(words),
                boxes=np.array([[10.0 + 50 * at, 5, 50 + 50 * at, 25] for at in range(count)]).reshape(-1, 4),
                line=np.zeros(count, np.int64),
                size=np.full(count, 20.0),
                bold=np.zeros(count, np.bool_),
                confidence=np.full(count, sure),
            )

        monkeypatch.setattr(letterhead.ocr, "recognize", found)
        return shapes

    return find


def test_words_of_a_footer_that_is_a_picture_stand_where_it_stands(recognize):
    recognize("Acme", "Ltd,", "1", "Quay")
    marks, notice = with_letterhead(Page(), text(FOOT), OPTIONS)
    assert notice is None
    assert marks.text == ["Hello", "world", "Acme", "Ltd,", "1", "Quay"]
    assert marks.line.tolist() == [0, 0, 1, 1, 1, 1]
    assert marks.confidence.tolist() == [1, 1, 0.95, 0.95, 0.95, 0.95]
    scale = 842 / letterhead.SIDE_PX
    assert marks.boxes[2] == pytest.approx(
        [40 + 10 * scale, 720 + 5 * scale, 40 + 50 * scale, 720 + 25 * scale], abs=0.5
    )
    assert marks.size[2] == pytest.approx(20 * scale, rel=0.01)


def test_only_the_picture_is_looked_at(recognize):
    shapes = recognize("Acme", "Ltd,", "1", "Quay")
    with_letterhead(Page(), text(FOOT, [40.0, 20, 500, 110], [40.0, 30, 500, 120]), OPTIONS)
    assert len(shapes) == 2
    assert shapes[0][0] == pytest.approx(90 * letterhead.SIDE_PX / 842, abs=2)


@pytest.mark.parametrize(
    "picture",
    [
        [40.0, 400.0, 480.0, 490.0],
        [40.0, 720.0, 140.0, 810.0],
        [0.0, 0.0, 595.0, 842.0],
        [40.0, 720.0, 480.0, 725.0],
        [40.0, 600.0, 480.0, 740.0],
    ],
)
def test_logos_photographs_rules_and_backgrounds_are_left_alone(recognize, picture):
    shapes = recognize("Acme", "Ltd,", "1", "Quay")
    page = text(picture)
    assert with_letterhead(Page(), page, OPTIONS) == (page, None)
    assert shapes == []


def test_a_picture_under_words_is_left_alone(recognize):
    shapes = recognize("Acme", "Ltd,", "1", "Quay")
    page = text(FOOT)
    with_letterhead(Page(), replace(page, boxes=page.boxes + np.array([0, 440, 0, 440])), OPTIONS)
    assert shapes == []


@pytest.mark.parametrize(("words", "sure"), [(("Acme",), 0.99), (("Acme", "Ltd,", "1", "Quay"), 0.6), ((), 0.9)])
def test_few_or_doubtful_words_are_a_drawing(recognize, words, sure):
    recognize(*words, sure=sure)
    page = text(FOOT)
    assert with_letterhead(Page(), page, OPTIONS) == (page, None)


@pytest.mark.parametrize("error", [DamagedFile(), MemoryError()])
def test_a_page_that_cannot_be_drawn_keeps_its_words_and_says_so(error):
    page = text(FOOT)
    marks, notice = with_letterhead(Page(error), page, OPTIONS)
    assert marks is page
    assert (notice.code, notice.where) == ("pictures-not-read", "page 1")
