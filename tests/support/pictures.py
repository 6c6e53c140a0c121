"""Pictures of text, drawn on the spot."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

RECEIPT = ["CORNER SHOP LIMITED", "Receipt 4471", "Date 12 March 2026", "Coffee 2.50", "Total 2.50 EUR"]


def text_image(lines: list[str] = RECEIPT, *, width: int = 700, size: int = 30) -> Image.Image:
    """Black lines on white paper."""
    image = Image.new("RGB", (width, 120 + 2 * size * len(lines)), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=size)
    for number, line in enumerate(lines):
        draw.text((60, 60 + 2 * size * number), line, fill="black", font=font)
    return image


def text_bitmap(lines: list[str] = RECEIPT, **more: int) -> np.ndarray:
    """The same as an array."""
    return np.asarray(text_image(lines, **more))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as a file of some kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
