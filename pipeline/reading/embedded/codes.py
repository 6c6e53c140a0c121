"""The payments that QR codes on a page ask for."""

from pipeline.reading.embedded.payments import read_payment
from pipeline.reading.image.codes import read_codes
from pipeline.reading.layout.marks import Bitmap
from schemas.embedded import EmbeddedData


def payments_on(bitmap: Bitmap, page: int) -> list[EmbeddedData]:
    """What each code asks for; codes of other things are left out. `page` counts from 1."""
    found = (read_payment(text, page=page, box=box) for text, box in read_codes(bitmap))
    return [each for each in found if each is not None]
