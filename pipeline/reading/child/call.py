"""One call, inside the child: confine, run the task, say what came of it."""

import importlib
import math
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from pipeline.errors import InputError, ModelError, ParserCrashed, ParserError, ParserOutOfMemory, SheafError
from pipeline.reading.child import confinement
from pipeline.reading.child.protocol import (
    PROGRESS_SECONDS,
    Request,
    check_task,
    error_frame,
    page_frame,
    progress_frame,
    result_frames,
)

Task = Callable[[BinaryIO | None, dict[str, Any], Callable[[float], None]], bytes]
"""`(source, arguments, progress) -> result`; `source` is open for reading at its beginning."""


def serve(request: bytes, *, answer: int, source: int | None, readable: list[str]) -> None:
    """Do what the request asks and write the answer to the file descriptor `answer`.

    Raises:
        ValidationError: the request does not parse; it comes from our own parent.
        OSError: a limit was refused, or the parent has gone away.
    """
    asked = Request.model_validate_json(request)
    os.chdir(asked.scratch)
    tempfile.tempdir = asked.scratch
    confinement.confine(asked.limits, readable=readable, scratch=asked.scratch)
    opened = None if source is None else os.fdopen(source, "rb")
    try:
        result = _run(asked, opened, _Progress(answer))
    except SheafError as error:
        _write(answer, error_frame(error))
        return
    for frame in result_frames(result):
        _write(answer, frame)


class _Progress:
    """Reports the done share, not more often than the parent cares to hear, and each page that is begun."""

    def __init__(self, answer: int) -> None:
        self._answer = answer
        self._last = -math.inf

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now - self._last >= PROGRESS_SECONDS:
            self._last = now
            _write(self._answer, progress_frame(share))

    def at_page(self, number: int) -> None:
        """Before the page is touched: what happens now happens there. 0 where no page is worked on any more."""
        _write(self._answer, page_frame(number))


def _run(asked: Request, source: BinaryIO | None, progress: Callable[[float], None]) -> bytes:
    """The task's result, or an error that a child may report."""
    try:
        return _task(asked.task)(source, asked.arguments, progress)
    except (InputError, ParserError, ModelError):
        raise
    except MemoryError as error:
        limit = asked.limits.memory_bytes
        raise ParserOutOfMemory(limit="memory", limit_bytes=limit) from error
    except BrokenPipeError:
        raise  # nobody listens any more
    except Exception as error:
        # Whatever a parser throws at a hostile file ends here: the traceback goes to the log, its kind into the facts.
        traceback.print_exception(error, limit=-20, file=sys.stderr)
        kind = type(error).__name__
        raise ParserCrashed(f"reading the file failed with {kind}", exception=kind) from error


def _task(name: str) -> Task:
    module, function = check_task(name)
    return cast("Task", getattr(importlib.import_module(module), function))


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
