"""What `docs/schemas.md` says is what the gate does."""

import json
import re
from pathlib import Path

import pytest

import schemas
from pipeline.extraction import gate, patterns
from pipeline.extraction.gate import check_schema
from schemas import catalogue

DOCS = Path(schemas.__file__).parent.parent / "docs" / "schemas.md"


@pytest.fixture(scope="module")
def text() -> str:
    return DOCS.read_text(encoding="utf-8")


def test_the_example_passes_the_gate(text: str) -> None:
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        check_schema(json.loads(example))


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
