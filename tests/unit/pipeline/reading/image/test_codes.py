"""QR codes are found on bitmaps of any size and turn."""

import numpy as np
import pytest

from pipeline.reading.embedded.codes import payments_on
from pipeline.reading.image.codes import read_codes
from tests.support.einvoices import EPC_LINES, SWISS_LINES, qr_bitmap


def page(*placed: tuple[np.ndarray, int, int], height: int = 1400, width: int = 1000) -> np.ndarray:
    """A white page with bitmaps at places from its top left."""
    sheet = np.full((height, width, 3), 255, np.uint8)
    for bitmap, top, left in placed:
        sheet[top : top + bitmap.shape[0], left : left + bitmap.shape[1]] = bitmap
    return sheet


@pytest.mark.parametrize("turns", range(4))
def test_a_code_is_read_however_the_page_is_turned(turns):
    text = "\n".join(SWISS_LINES)
    found = list(read_codes(np.rot90(page((qr_bitmap(text), 800, 100)), turns)))
    assert [each for each, _ in found] == [text]


def test_its_box_is_a_share_of_the_bitmap():
    bitmap = qr_bitmap("BCD", module_px=10)
    (_, (x0, y0, x1, y1)) = next(iter(read_codes(page((bitmap, 700, 500)))))
    assert 0.5 <= x0 < x1 <= 0.5 + bitmap.shape[1] / 1000
    assert 0.5 <= y0 < y1 <= 0.5 + bitmap.shape[0] / 1400


def test_a_large_scan_is_read_smaller():
    large = np.kron(page((qr_bitmap("\n".join(EPC_LINES)), 100, 100)), np.ones((4, 4, 1), np.uint8))
    assert [text for text, _ in read_codes(large)] == ["\n".join(EPC_LINES)]


def test_only_codes_of_payments_say_something():
    codes = [qr_bitmap("https://example.org"), qr_bitmap("\n".join(EPC_LINES))]
    found = payments_on(page((codes[0], 50, 50), (codes[1], 600, 50)), 2)
    assert [(each.standard, each.page) for each in found] == [("epc-qr", 2)]
    assert payments_on(page(), 1) == []
