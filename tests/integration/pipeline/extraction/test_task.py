"""The task of the child process, as the parent calls it."""

import io
import time
from decimal import Decimal

import pytest

from pipeline.errors import InvalidSchema
from pipeline.extraction.task import extract_by_rules
from schemas import exact_json
from schemas.catalogue import load
from schemas.documents import Document, TextBlock
from schemas.extraction import Extraction


def _document(*paragraphs: str) -> Document:
    text, blocks = "", []
    for paragraph in paragraphs:
        blocks.append(TextBlock(kind="paragraph", start=len(text), stop=len(text) + len(paragraph)))
        text += paragraph + "\n\n"
    return Document(shape="text", media_type="text/plain", text=text, blocks=blocks)


def _run(document: Document, schema: dict) -> tuple[Extraction, list[float]]:
    done: list[float] = []
    source = io.BytesIO(document.model_dump_json().encode())
    answer = extract_by_rules(source, {"schema": schema}, done.append)
    return Extraction.model_validate(exact_json.loads(answer)), done


def test_a_document_goes_in_and_an_extraction_comes_out_with_exact_decimals():
    extraction, done = _run(_document("Invoice number: A-17", "Total: EUR 1,234.50"), load("invoice"))
    assert extraction.data["invoice_number"] == "A-17"
    assert str(extraction.data["total"]) == "1234.50"
    assert extraction.fields["/total"].value == Decimal("1234.50")
    assert done == sorted(done)
    assert done[-1] == 1.0


def test_a_hostile_schema_is_refused_in_the_child_too():
    with pytest.raises(InvalidSchema):
        _run(_document("x"), {"type": "object", "$ref": "https://example.com"})


def test_a_long_document_takes_seconds_not_minutes():
    line = "Total amount of the invoice shall be paid by the Company within 30 days of 12 March 2026, No. 4711."
    document = _document(*[line] * 5_000)
    begun = time.process_time()
    extraction, _ = _run(document, load("contract"))
    assert time.process_time() - begun < 20
    assert extraction.data is not None
