"""Every hostile file we make, read in a child: it ends in a document or in an error of ours, and the zygote goes on."""

import io
import tempfile
import time

import pytest

from bench.hostile_files import hostile_files
from pipeline.errors import InputError, ParserError
from pipeline.intake.sniff import sniff
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.readers import READERS
from pipeline.settings import Reading
from pipeline.settings import Sandbox as Limits
from schemas.documents import Document

SECONDS_WITHOUT_PROGRESS = 1.5


def accepted():
    """Those that get past the door to a reader in the child, with their media type."""
    for file in hostile_files():
        try:
            media_type = sniff(io.BytesIO(file.data), file.name)
        except InputError:
            continue
        if media_type in READERS:
            yield file, media_type


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox(Limits())
    sandbox.run("pipeline.reading.child.probes:echo", None, {})
    sandbox.limits = Limits(page_seconds=SECONDS_WITHOUT_PROGRESS, wall_seconds=20, memory_bytes=1024**3)
    yield sandbox
    sandbox.close()


def read(sandbox, media_type, data):
    """The document, or the error."""
    arguments = {"media_type": media_type, "name": "x", "password": None, "settings": Reading().model_dump()}
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.flush()
        try:
            return sandbox.run("pipeline.reading.task:read_document", source, arguments)
        except (InputError, ParserError) as error:
            return error


def fault(found, media_type):
    """What is wrong with how a file ended, `None` when nothing is."""
    if isinstance(found, bytes):
        return None if Document.model_validate_json(found).media_type == media_type else "another media type"
    return (
        f"a reader's bug, not the file's doing: {found}"
        if isinstance(found, ParserError) and "exception" in found.facts
        else None
    )


def test_every_hostile_file_ends_in_a_document_or_an_error_of_ours(sandbox):
    zygote, faults, count = sandbox._warm.pid, {}, 0
    for count, (file, media_type) in enumerate(accepted(), 1):  # noqa: B007 - used below
        began = time.monotonic()
        found = fault(read(sandbox, media_type, file.data), media_type)
        if found or time.monotonic() - began > 60:
            faults[file.name] = found or "took too long"
    assert faults == {}
    assert count >= 30
    assert sandbox._warm.pid == zygote
