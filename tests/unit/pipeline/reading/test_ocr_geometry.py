from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.reading.ocr import _mostly_tall, _skew, _word_box, _words, with_noughts


def quad(x0, y0, x1, y1, drop=0.0):
    """Corners of a line that drops by so much on its way to the right."""
    return np.array([(x0, y0), (x1, y0 + drop), (x1, y1 + drop), (x0, y1)], np.float64)


def place(text, columns, total):
    """Where a recognizer saw the characters of a line."""
    words, cols, at = [], [], 0
    for word in text.split():
        words.append(list(word))
        cols.append(columns[at : at + len(word)])
        at += len(word)
    return SimpleNamespace(words=words, word_cols=cols, line_txt_len=total, confs=[0.5] * len(text))


def test_words_lie_in_order_inside_their_line():
    found = list(_words("ab cd", place("ab cd", [2, 5, 11, 14], 20)))
    assert [text for text, *_ in found] == ["ab", "cd"]
    (_, first, first_end, _), (_, second, second_end, _) = found
    assert 0 <= first < first_end <= second < second_end <= 1


def test_the_confidence_of_a_word_is_the_mean_of_its_characters():
    seen = place("ab cd", [2, 5, 11, 14], 20)
    seen.confs = [1.0, 0.5, 0.1, 0.8, 0.6]
    assert [score for *_, score in _words("ab cd", seen)] == [0.75, 0.7]


def test_a_word_takes_its_part_of_the_line_s_box():
    assert _word_box(quad(100, 50, 300, 70), 0.5, 1.0) == (200, 50, 300, 70)


def test_a_word_of_a_sloping_line_slopes_with_it():
    assert _word_box(quad(0, 0, 100, 10, drop=20), 0.5, 1.0) == (50, 10, 100, 30)


def test_a_tall_line_is_read_from_the_top():
    assert _word_box(quad(100, 0, 110, 200), 0.0, 0.5) == (100, 0, 110, 100)


def test_the_slope_is_that_of_the_long_lines():
    lines = [quad(0, y, 200, y + 10, drop=4) for y in (0, 20, 40)] + [quad(0, 60, 20, 70, drop=9)]
    assert _skew(np.array(lines)) == pytest.approx(0.02)


def test_few_long_lines_tell_no_slope():
    assert _skew(np.array([quad(0, 0, 200, 10, drop=4)])) == 0.0


def test_a_page_of_tall_lines_lies_on_its_side():
    assert _mostly_tall(np.array([quad(0, 0, 10, 200), quad(20, 0, 30, 150), quad(50, 0, 90, 10)]))
    assert not _mostly_tall(np.array([quad(0, 0, 200, 10)]))
    assert not _mostly_tall(np.empty((0, 4, 2)))


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("RMO.50", "RM0.50"),
        ("$O.00", "$0.00"),
        ("Total O.50", "Total 0.50"),
        ("1O.50", "10.50"),
        ("1.O5 1.5O 1.OO", "1.05 1.50 1.00"),
        ("NO.12", "NO.12"),
        ("TOTAL O2", "TOTAL O2"),
        ("O.K. 1.O", "O.K. 1.O"),
        ("CHFO.50", "CHF0.50"),
        ("INFO.50", "INFO.50"),
    ],
)
def test_a_letter_in_an_amount_is_a_nought(read, meant):
    assert with_noughts(read) == meant
