"""What `docs/schemas.md` says is what the gate does."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

import schemas
from pipeline.extraction import gate, patterns
from pipeline.extraction.extract import extract_by_rules
from pipeline.extraction.gate import check_schema
from schemas import catalogue
from schemas.documents import Document, TextBlock

DOCS = Path(schemas.__file__).parent.parent / "docs" / "schemas.md"


NOTE = """Delivery note no: DN-2041

Delivery date: 12.03.2026

Carrier: Rail freight

Gross weight: 1 234,50"""


def read(text: str) -> Document:
    starts = [match.start() for match in re.finditer(r"[^\n]+", text)]
    lines = text.split("\n\n")
    blocks = [TextBlock(kind="paragraph", start=s, stop=s + len(line)) for s, line in zip(starts, lines, strict=True)]
    return Document(shape="text", media_type="text/plain", text=text, blocks=blocks)


@pytest.fixture(scope="module")
def text() -> str:
    return DOCS.read_text(encoding="utf-8")


def test_the_example_passes_the_gate(text: str) -> None:
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        check_schema(json.loads(example))


def test_the_example_finds_its_values_in_a_delivery_note(text: str) -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    data = extract_by_rules(read(NOTE), example).data
    assert data == {
        "note_number": "DN-2041",
        "delivered_on": "2026-03-12",
        "carrier": "rail",
        "weight_kg": Decimal("1234.50"),
        "goods": [],
    }


def test_every_built_in_schema_is_named(text: str) -> None:
    assert [name for name in catalogue.names() if f"`{name}`" not in text] == []


def test_every_type_hint_and_format_is_explained(text: str) -> None:
    words = set(re.findall(r"[\w-]+", text))
    assert (gate.KINDS | gate.FORMATS) - words == set()


@pytest.mark.parametrize(
    "limit",
    [
        gate.MAX_BYTES,
        gate.MAX_DEPTH,
        gate.MAX_NODES,
        gate.MAX_EXPANDED,
        gate.MAX_ENUM,
        gate.MAX_LABELS,
        patterns.MAX_LENGTH,
    ],
)
def test_every_limit_is_told(text: str, limit: int) -> None:
    assert re.search(rf"(?<!\d){limit:,}(?!\d)", text)


def test_every_refused_keyword_is_told(text: str) -> None:
    assert [keyword for keyword in gate._REFUSED if f"`{keyword}`" not in text] == []
