"""The one place that talks to ZXing: a bitmap → the texts of its QR codes."""

from collections.abc import Iterator

import numpy as np
import zxingcpp

from pipeline.reading.layout.marks import Bitmap
from schemas.evidence import Box

MAX_CODES = 8
"""Of one page."""
ENOUGH_PX = 2_400
"""Longer sides are halved: the smallest module of a payment slip (0.4 mm) has three pixels then on a page of A4."""


def read_codes(bitmap: Bitmap) -> Iterator[tuple[str, Box]]:
    """The text of each QR code that can be read whole, with its box as fractions of the bitmap."""
    step = max(1, round(max(bitmap.shape[:2]) / ENOUGH_PX))
    gray = np.ascontiguousarray(bitmap[::step, ::step, 1])
    height, width = gray.shape
    for code in zxingcpp.read_barcodes(gray, formats=zxingcpp.BarcodeFormat.QRCode)[:MAX_CODES]:
        corners = (
            code.position.top_left,
            code.position.top_right,
            code.position.bottom_right,
            code.position.bottom_left,
        )
        xs = [min(1.0, max(0.0, corner.x / width)) for corner in corners]
        ys = [min(1.0, max(0.0, corner.y / height)) for corner in corners]
        yield code.text, (min(xs), min(ys), max(xs), max(ys))
