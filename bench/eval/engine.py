"""Reading and extraction as the service does them, without the service: the same children, the same rules."""

import hashlib
from pathlib import Path
from typing import Any

from pipeline.intake.sniff import sniff
from pipeline.models.moonshine import Moonshine
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Reading
from pipeline.settings import Sandbox as SandboxSettings
from schemas import exact_json
from schemas.documents import Document
from schemas.extraction import Extraction


class Engine:
    """Reads files and values. Thread-safe; what was read is kept in `scratch`: several figures may need it."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._sandbox = Sandbox(SandboxSettings())
        self._sandbox.start()
        self._reader = Reader(self._sandbox, Moonshine(), Reading(embedded=False))

    def close(self) -> None:
        """End the children."""
        self._sandbox.close()

    def read(self, path: Path) -> Document:
        """A file as a document.

        Raises:
            SheafError: it cannot be read.
        """
        kept = self._kept(path)
        if kept.exists():
            return Document.model_validate_json(kept.read_bytes())
        with path.open("rb") as source:
            document = self._reader.read(source, name=path.name, media_type=sniff(source, path.name))
        kept.write_bytes(document.model_dump_json().encode())
        return document

    def extract(self, path: Path, schema: dict[str, Any]) -> Extraction:
        """Values of a file by rules.

        Raises:
            SheafError: it cannot be read.
        """
        self.read(path)
        with self._kept(path).open("rb") as source:
            answer = self._sandbox.run("pipeline.extraction.task:extract_by_rules", source, {"schema": schema})
        return Extraction.model_validate(exact_json.loads(answer))

    def _kept(self, path: Path) -> Path:
        return self._scratch / f"{hashlib.sha256(str(path).encode()).hexdigest()}.json"
