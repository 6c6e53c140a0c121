"""Tasks of the child process: pure Python over a document of any size and the answers about it."""

from collections.abc import Callable
from typing import Any, BinaryIO

from pipeline.extraction import extract
from pipeline.extraction.model.answers import Reading
from pipeline.extraction.model.merge import Merger
from schemas import exact_json
from schemas.documents import Document
from schemas.extraction import Extraction


def extract_by_rules(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """Read values by rules.

    Args:
        source: a `Document` as JSON.
        arguments: `{"schema": JSON Schema}`.
        progress: called with the done share.

    Returns:
        An `Extraction` as JSON; amounts are numbers with the decimals of the document.

    Raises:
        InvalidSchema: the schema does not pass the gate.
    """
    assert source is not None
    document = Document.model_validate_json(source.read())
    progress(0.1)
    extraction = extract.extract_by_rules(document, arguments["schema"], lambda share: progress(0.1 + 0.8 * share))
    progress(1.0)
    return exact_json.dumps(extraction)


def merge_answers(source: BinaryIO | None, arguments: dict[str, Any], progress: Callable[[float], None]) -> bytes:
    """Put a model's answers together and find every value in the document.

    Args:
        source: a `Document` as JSON.
        arguments: `{"schema": JSON Schema, "known": an Extraction as JSON text, "reading": a Reading as JSON text,
            "wanted": paths of the leaves and arrays that were asked for, "sizes": [[part, size of its text], …]}`.
        progress: called with the done share.

    Returns:
        An `Extraction` as JSON; numbers keep the digits of the answers.
    """
    assert source is not None
    document = Document.model_validate_json(source.read())
    progress(0.1)
    merger = Merger(
        document=document,
        schema=arguments["schema"],
        before=Extraction.model_validate(exact_json.loads(arguments["known"])),
        reading=Reading.model_validate(exact_json.loads(arguments["reading"])),
        asked={tuple(path) for path in arguments["wanted"]},
        sizes=dict(arguments["sizes"]),
        progress=lambda share: progress(0.1 + 0.9 * share),
    )
    return exact_json.dumps(merger.merge())
