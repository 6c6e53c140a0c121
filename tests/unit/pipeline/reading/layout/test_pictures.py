import numpy as np
import pytest

from pipeline.reading.layout.marks import Marks, no_boxes
from pipeline.reading.layout.pictures import FEWEST, MOST, picture_boxes

A4 = (600.0, 800.0)


def marks(*, pictures: list[list[float]] = (), vectors: list[list[float]] = (), words: list[list[float]] = ()) -> Marks:
    width, height = A4
    return Marks(
        width=width,
        height=height,
        text=["word"] * len(words),
        boxes=np.array(words) if words else no_boxes(),
        line=np.arange(len(words)),
        pictures=np.array(pictures) if pictures else no_boxes(),
        vectors=np.array(vectors) if vectors else no_boxes(),
    )


def bars(count: int) -> list[list[float]]:
    return [[100 + 40 * n, 300 - 20 * n, 130 + 40 * n, 400] for n in range(count)]


def lines_of_words(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x, y, x + 30, y + 10] for y in np.arange(y0, y1, 14) for x in np.arange(x0, x1, 35)]


def test_a_page_of_words_has_no_pictures() -> None:
    assert picture_boxes(marks(words=lines_of_words(50, 50, 550, 750))) == []


def test_bitmaps_are_pictures_as_fractions_of_the_page_cut_at_its_edge() -> None:
    assert picture_boxes(marks(pictures=[[300, 400, 700, 600]])) == [(0.5, 0.5, 1.0, 0.75)]


def test_specks_are_none() -> None:
    assert picture_boxes(marks(pictures=[[10, 10, 20, 20]])) == []


def test_the_largest_come_first_and_no_more_than_enough() -> None:
    boxes = picture_boxes(marks(pictures=[[0, 0, 40 + n, 40 + n] for n in range(2 * MOST)]))
    assert len(boxes) == MOST
    assert boxes == sorted(boxes, key=lambda box: -box[2] * box[3])


def test_the_bars_of_a_chart_are_drawings() -> None:
    assert len(picture_boxes(marks(vectors=bars(6)))) == 6


def test_a_band_in_the_letterhead_is_none() -> None:
    assert picture_boxes(marks(vectors=bars(FEWEST - 1))) == []


@pytest.mark.parametrize(
    "paths",
    [
        [[50, y, 550, y + 1] for y in range(100, 500, 20)],
        [[50, y, 550, y + 20] for y in range(100, 500, 20)],
        [[0, 0, 600, 800]] * 5,
    ],
    ids=["rules", "shades behind rows", "backgrounds"],
)
def test_rules_shades_and_backgrounds_are_none(paths: list[list[float]]) -> None:
    assert picture_boxes(marks(vectors=paths, words=lines_of_words(50, 103, 550, 500))) == []
