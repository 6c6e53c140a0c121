"""The task of the child process that reads values by rules: pure Python over a document of any size."""

from collections.abc import Callable
from typing import Any, BinaryIO

from pipeline.extraction import extract
from schemas import exact_json
from schemas.documents import Document


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
