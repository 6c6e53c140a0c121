from dataclasses import replace

import numpy as np
import pytest

from pipeline.reading.pdf.document import is_garbled, needs_ocr
from tests.support.marks import page, prose

SCAN = np.array([[0.0, 0.0, 600.0, 800.0]])
PHOTO = np.array([[50.0, 50.0, 250.0, 200.0]])


def test_a_text_layer_is_taken_as_it_is():
    assert not needs_ocr(page(*prose(50, 100, 10)))


def test_an_empty_page_is_left_empty():
    assert not needs_ocr(page())


def test_a_page_without_words_that_shows_a_picture_needs_ocr():
    assert needs_ocr(replace(page(), pictures=PHOTO))


def test_a_page_without_words_whose_letters_are_drawn_needs_ocr():
    assert needs_ocr(page(vectors=[(50, 100, 300, 101)] * 30))
    assert not needs_ocr(page(vectors=[(50, 100, 300, 101)] * 3))


def test_a_stamp_upon_a_scan_does_not_stand_for_its_text():
    assert needs_ocr(replace(page((50, 20, "Page 1 of 3")), pictures=SCAN))


def test_a_scan_with_its_own_text_layer_is_not_read_again():
    assert not needs_ocr(replace(page(*prose(50, 100, 10)), pictures=SCAN))


def test_a_caption_beside_a_small_photo_is_all_there_is():
    assert not needs_ocr(replace(page((50, 220, "The mill in May")), pictures=PHOTO))


@pytest.mark.parametrize("letters", ["\ufffd" * 10, "\ue001\ue002\ue003abc", "\x01\x02\x03ab"])
def test_characters_of_unknown_meaning_are_garbage(letters):
    assert is_garbled(letters)


@pytest.mark.parametrize("letters", ["plain text", "Größe: 5 µm", "日本語", "one \ufffd in a long enough text", ""])
def test_text_of_any_script_is_not(letters):
    assert not is_garbled(letters)


def test_a_garbled_layer_needs_ocr():
    assert needs_ocr(page((50, 100, "\ufffd\ufffd\ufffd \ufffd\ufffd")))
