"""Reading a file in memory, and telling what came of it."""

import io

from pipeline.reading.options import ReadingOptions
from pipeline.reading.passages import passages
from pipeline.reading.readers import ReaderFunction
from pipeline.settings import Reading
from schemas.documents import Document


def read(reader: ReaderFunction, data: bytes | str, *, name: str = "file", settings: Reading | None = None) -> Document:
    """What a reader makes of these bytes; checks what holds for every document it makes."""
    told: list[float] = []
    options = ReadingOptions(name=name, media_type="type/tested", settings=settings or Reading())
    document = reader(io.BytesIO(data.encode() if isinstance(data, str) else data), options, told.append)
    assert document.media_type == "type/tested"
    assert told == sorted(told)
    assert told[-1] == 1.0
    check(document)
    return document


def check(document: Document) -> None:
    """Blocks are in order and apart, evidence quotes the content text, tables fit their text, and JSON can hold it."""
    at = 0
    for block in document.blocks:
        assert at <= block.start < block.stop <= len(document.text)
        at = block.stop
        for cell in block.table.cells if block.table else ():
            assert cell.text in document.text[block.start : block.stop]
            assert cell.row + cell.row_span <= block.table.rows
            assert cell.column + cell.column_span <= block.table.columns
    for passage in passages(document):
        for place in passage.evidence():
            if place.kind == "text":
                assert document.text[place.start : place.end] == place.quote
    assert Document.model_validate_json(document.model_dump_json()) == document


def blocks(document: Document) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, document.text[block.start : block.stop]) for block in document.blocks]


def sections(document: Document) -> list[list[str]]:
    return [block.section for block in document.blocks]


def codes(document: Document) -> list[str]:
    """The codes of its warnings."""
    return [notice.code for notice in document.warnings]
