"""Receiving an upload: streamed into an unnamed temporary file, counted and hashed on the way.

The file has no name on the disk, so that nothing is left of it however the upload or the process ends.
"""

import errno
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.http.multipart import FILE_FIELD, MAX_FIELDS_BYTES, MultipartReader, boundary_of
from api.http.requests import bounded_stream, declared_length
from pipeline.errors import FileTooLarge, InvalidRequest, SheafError, StorageFull
from pipeline.jobs.accept import Upload

WRITE_BYTES = 256 * 1024
CHECK_EVERY_BYTES = 8 * 1024 * 1024
FORM_BYTES = MAX_FIELDS_BYTES + 64 * 1024
"""What a form may have beside its file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadLimits:
    """`folder` is where the temporary file lies; `reserve_bytes` must stay free on its disk."""

    folder: Path
    max_bytes: int
    idle_seconds: float
    reserve_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A received form: its file and its other fields."""

    upload: Upload
    fields: dict[str, str]


class _Spool:
    """The temporary file with its length and hash."""

    def __init__(self, file: BinaryIO, limits: UploadLimits) -> None:
        self.file = file
        self.size = 0
        self._digest = hashlib.sha256()
        self._limits = limits
        self._checked = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._limits.max_bytes:
            raise file_too_large(self._limits.max_bytes)
        if self.size - self._checked >= CHECK_EVERY_BYTES:
            # Its length may not have been declared, and others may be filling the disk beside it.
            check_room(self._limits, len(data) + self.size)
            self._checked = self.size
        self._digest.update(data)
        with disk_errors():
            self.file.write(data)

    def finish(self, name: str) -> Upload:
        with disk_errors():
            self.file.flush()
            self.file.seek(0)
        return Upload(source=self.file, name=name, size=self.size, sha256=self._digest.hexdigest())


def file_too_large(limit: int) -> SheafError:
    """The refusal of a file beyond the limit, in bytes."""
    return FileTooLarge(f"the file is larger than the limit of {limit} bytes", limit=limit)


@contextmanager
def disk_errors() -> Iterator[None]:
    """A full disk becomes `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from error
        raise


@asynccontextmanager
async def received_form(request: Request, fields: Collection[str], limits: UploadLimits) -> AsyncIterator[Form]:
    """The form of a request, whose file lives as long as the block.

    Raises:
        InvalidRequest: it is no form with one file and known fields.
        FileTooLarge: it is refused before a byte is read where its length is declared, else cut at the limit.
        UploadStalled: it stood still.
        StorageFull: there is no room for it.
    """
    boundary = boundary_of(request.headers.get("content-type", ""))
    check_declared(declared_length(request), limits)
    reader = MultipartReader(boundary, fields)
    with tempfile.TemporaryFile(dir=limits.folder) as file:
        spool = _Spool(file, limits)
        await _spool_all(request, reader, spool, limits)
        yield Form(upload=spool.finish(reader.file_name or ""), fields=reader.fields())


def check_declared(length: int | None, limits: UploadLimits) -> None:
    """Whether an upload of that many bytes can be taken.

    Raises:
        FileTooLarge: it is beyond the limit.
        StorageFull: it would leave less than the reserve.
    """
    if length is None:
        return
    if length > limits.max_bytes + FORM_BYTES:
        raise file_too_large(limits.max_bytes)
    check_room(limits, 2 * length)  # the file is stored once here and once among the blobs


def check_room(limits: UploadLimits, length: int) -> None:
    """Whether that many more bytes can be written.

    Raises:
        StorageFull: it would leave less than the reserve.
    """
    if shutil.disk_usage(limits.folder).free < limits.reserve_bytes + length:
        raise StorageFull


async def _spool_all(request: Request, reader: MultipartReader, spool: _Spool, limits: UploadLimits) -> None:
    chunks = bounded_stream(
        request.receive,
        max_bytes=limits.max_bytes + FORM_BYTES,
        idle_seconds=limits.idle_seconds,
        too_large=lambda: file_too_large(limits.max_bytes),
    )
    async for chunk in chunks:
        reader.feed(chunk)
        if (data := reader.take_file_bytes(WRITE_BYTES)) is not None:
            await run_in_threadpool(spool.write, data)
    if (rest := reader.take_file_bytes()) is not None:
        await run_in_threadpool(spool.write, rest)
    if not reader.ended:
        raise InvalidRequest("the multipart body ends before its last boundary")
    if reader.file_name is None:
        raise InvalidRequest("the form has no part named 'file'", field=FILE_FIELD)
