"""Documents that tests upload, made on the spot."""

import io

import pymupdf
from PIL import Image


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with one text a page; encrypted where a password is given."""
    document = pymupdf.open()
    for text in pages:
        document.new_page().insert_textbox((72, 72, 523, 770), text, fontsize=11)
    if password is None:
        return bytes(document.tobytes())
    return bytes(document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=password, owner_pw=password))


def jpeg(width: int = 200, height: int = 100) -> bytes:
    """A blank image."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "JPEG")
    return out.getvalue()


INVOICE = """Invoice number: INV-2026-0042
Invoice date: 2026-03-12
Total: EUR 119.00
"""
