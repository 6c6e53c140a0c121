"""Documents that carry data for machines."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.reading.embedded.invoice import read_invoice
from pipeline.reading.embedded.markup import parse_markup
from pipeline.reading.embedded.payments import read_payment
from schemas.documents import Document
from schemas.embedded import EmbeddedData
from tests.support.einvoices import PAGE


@pytest.fixture
def carrying(drawn: Callable[..., Document]) -> Callable[..., Document]:
    """The drawn invoice, or another page, with data: XML as bytes, texts of codes, or ready-made."""

    def make(*carried: bytes | str | EmbeddedData, page: str = PAGE) -> Document:
        document = drawn(page)
        document.embedded = [_data(each, number) for number, each in enumerate(carried)]
        return document

    return make


def _data(carried: Any, number: int) -> EmbeddedData:
    if isinstance(carried, EmbeddedData):
        return carried
    if isinstance(carried, bytes):
        found = read_invoice(parse_markup(carried, max_bytes=16_000_000), f"{number}.xml")
    else:
        found = read_payment(carried, page=1, box=(0.1, 0.7, 0.3, 0.9))
    assert found is not None
    return found
