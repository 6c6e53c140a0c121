"""What parent and child say to each other: length-prefixed frames, read as if the writer were an enemy.

A frame is one byte for its kind, four bytes for the length of its body (big-endian), and the body:

    PROGRESS   a double from 0 to 1
    CHUNK      1 MiB of the result; only the last may be shorter
    FINISHED   eight bytes: the length of the whole result; the last frame of a call that went well
    ERROR      JSON {"name", "message", "facts"}: an error of our tree; the last frame of a call that did not
    PAGE       four bytes: the number of the page that is begun, 0 where no page is worked on any more

The request goes the other way, in a file of its own, as JSON.
"""

import json
import math
import re
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import (
    InputError,
    LimitExceeded,
    ModelError,
    ParserError,
    ParserProtocolError,
    SheafError,
    all_errors,
)
from pipeline.settings import Sandbox

HEADER = struct.Struct("!BI")
PROGRESS = struct.Struct("!d")
LENGTH = struct.Struct("!Q")
PAGE = struct.Struct("!I")
CHUNK_BYTES = 1024 * 1024
ERROR_BYTES = 64 * 1024
PROGRESS_SECONDS = 0.05
"""A child reports no more often."""
PROGRESS_FRAMES = 100_000
"""More than that, begun pages counted, is not progress but an attack on who reads it."""
MESSAGE_CHARACTERS = 2_000

_TASK = re.compile(r"pipeline(\.[a-z_]+)+:[a-z_]+", re.ASCII)
_FACT = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_RESERVED = {"self", "message"}


class Kind(IntEnum):
    """What a frame holds."""

    PROGRESS = 1
    CHUNK = 2
    FINISHED = 3
    ERROR = 4
    PAGE = 5


_LONGEST = {
    Kind.PROGRESS: PROGRESS.size,
    Kind.CHUNK: CHUNK_BYTES,
    Kind.FINISHED: LENGTH.size,
    Kind.ERROR: ERROR_BYTES,
    Kind.PAGE: PAGE.size,
}


class Request(BaseModel):
    """What a child is to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    """`package.module:function`."""
    arguments: dict[str, Any]
    limits: Sandbox
    scratch: str
    """A folder of its own, removed after the call: the only place where it may write."""

    def to_bytes(self) -> bytes:
        """As JSON.

        Raises:
            TypeError: the arguments hold something that JSON has no form for.
        """
        return json.dumps({**self.model_dump(exclude={"limits"}), "limits": self.limits.model_dump()}).encode()


def check_task(name: str) -> tuple[str, str]:
    """The module and the function a task's name names.

    Raises:
        ValueError: it is no name of a task of ours.
    """
    if not _TASK.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a task")
    module, _, function = name.partition(":")
    return module, function


def progress_frame(share: float) -> bytes:
    """The done share; what is not from 0 to 1 is moved there."""
    inside = min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0
    return HEADER.pack(Kind.PROGRESS, PROGRESS.size) + PROGRESS.pack(inside)


def page_frame(number: int) -> bytes:
    """The page that is begun; 0 for none."""
    return HEADER.pack(Kind.PAGE, PAGE.size) + PAGE.pack(number)


def result_frames(result: bytes) -> Iterator[bytes]:
    """The result in chunks, and the frame that ends it."""
    view = memoryview(result)
    for start in range(0, len(view), CHUNK_BYTES):
        chunk = view[start : start + CHUNK_BYTES]
        yield HEADER.pack(Kind.CHUNK, len(chunk)) + chunk
    yield HEADER.pack(Kind.FINISHED, LENGTH.size) + LENGTH.pack(len(view))


def error_frame(error: SheafError) -> bytes:
    """An error of our tree; facts that do not fit, or that JSON has no form for, stay behind."""
    facts = {key: fact for key, fact in error.facts.items() if _is_fact(key)}
    body = _error_body(error, facts)
    if len(body) > ERROR_BYTES:
        body = _error_body(error, {})
    return HEADER.pack(Kind.ERROR, len(body)) + body


def _error_body(error: SheafError, facts: dict[str, Any]) -> bytes:
    said = {"name": error.name, "message": error.message[:MESSAGE_CHARACTERS], "facts": facts}
    return json.dumps(said, default=str, ensure_ascii=False).encode("utf-8", "replace")


def _is_fact(key: str) -> bool:
    return _FACT.fullmatch(key) is not None and key not in _RESERVED


class Answer:
    """What one child has said so far.

    Raises, from `feed`:
        ParserProtocolError: what came is not an answer.
        LimitExceeded: the result is larger than allowed.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._result = bytearray()
        self._short = False
        self._progress_frames = 0
        self._ended = False
        self.progress: float | None = None
        """The last share that was reported."""
        self.page: int | None = None
        """The page that the child is at, where its task says so."""
        self.error: SheafError | None = None

    @property
    def ended(self) -> bool:
        """Whether the last frame has come."""
        return self._ended

    def result(self) -> bytes:
        """The whole result, where there is no `error`."""
        return bytes(self._result)

    def feed(self, data: bytes) -> int:
        """Take what came, however it was cut; how many frames it completed."""
        self._buffer += data
        frames = 0
        while len(self._buffer) >= HEADER.size:
            kind, length = self._header()
            end = HEADER.size + length
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[HEADER.size : end])
            del self._buffer[:end]
            self._take(kind, body)
            frames += 1
        if self._ended and self._buffer:
            raise ParserProtocolError("the child went on after its last frame")
        return frames

    def _header(self) -> tuple[Kind, int]:
        number, length = HEADER.unpack_from(self._buffer)
        try:
            kind = Kind(number)
        except ValueError as error:
            raise ParserProtocolError(f"a frame of unknown kind {number}") from error
        if length > _LONGEST[kind]:
            raise ParserProtocolError(f"a {kind.name} frame of {length} bytes")
        return kind, length

    def _take(self, kind: Kind, body: bytes) -> None:
        if self._ended:
            raise ParserProtocolError("the child went on after its last frame")
        if kind is Kind.CHUNK:
            self._take_chunk(body)
        elif kind in (Kind.PROGRESS, Kind.PAGE):
            self._take_progress(kind, body)
        elif kind is Kind.FINISHED:
            if len(body) != LENGTH.size or LENGTH.unpack(body)[0] != len(self._result):
                raise ParserProtocolError("the result is not as long as the child says")
            self._ended = True
        else:
            self.error = _error(body)
            self._ended = True

    def _take_progress(self, kind: Kind, body: bytes) -> None:
        self._progress_frames += 1
        if self._progress_frames > PROGRESS_FRAMES:
            raise ParserProtocolError("a flood of progress frames")
        if kind is Kind.PROGRESS:
            self.progress = _progress(body)
        elif len(body) != PAGE.size:
            raise ParserProtocolError("a page frame of the wrong length")
        else:
            self.page = PAGE.unpack(body)[0] or None

    def _take_chunk(self, body: bytes) -> None:
        if self._short or not body:
            raise ParserProtocolError("a result in pieces that are too small")
        self._short = len(body) < CHUNK_BYTES
        if len(self._result) + len(body) > self._max_bytes:
            message = f"the result of reading the file is larger than {self._max_bytes} bytes"
            raise LimitExceeded(message, limit="output", limit_bytes=self._max_bytes)
        self._result += body


def _progress(body: bytes) -> float:
    if len(body) != PROGRESS.size:
        raise ParserProtocolError("a progress frame of the wrong length")
    share = float(PROGRESS.unpack(body)[0])
    if not 0.0 <= share <= 1.0:  # NaN is refused too
        raise ParserProtocolError("a progress that is not from 0 to 1")
    return share


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    message: str
    facts: dict[str, Any]


def _error(body: bytes) -> SheafError:
    try:
        said = _Said.model_validate_json(body)
    except ValidationError as error:
        raise ParserProtocolError("an error frame that does not parse") from error
    known = {cls.name: cls for cls in all_errors() if issubclass(cls, InputError | ParserError | ModelError)}
    if said.name not in known or len(said.message) > MESSAGE_CHARACTERS:
        raise ParserProtocolError("an error frame with an error that a child does not raise")
    if not all(_is_fact(key) for key in said.facts):
        raise ParserProtocolError("an error frame with facts of no sensible name")
    return known[said.name](said.message or None, **said.facts)
