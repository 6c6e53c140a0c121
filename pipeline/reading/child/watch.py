"""The parent's watch over one child, from the request to the answer."""

import logging
import os
import selectors
import socket
import time
from collections.abc import Callable

from pipeline.errors import JobCancelled, ParserCrashed, ParserError, ParserTimeout
from pipeline.reading.child.protocol import Answer
from pipeline.reading.child.verdict import Ended, verdict
from pipeline.reading.child.zygote import ENDED, RECORD, STARTED
from pipeline.settings import Sandbox

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
START_SECONDS = 120.0
"""For the zygote to load its libraries and to fork; nothing of the file has been looked at yet."""
READ_BYTES = 256 * 1024
LAST_WORDS_BYTES = 4096


class Watch:
    """Reads what one child says, keeps the clocks, and comes to a result. It owns no descriptor.

    Who leaves `follow` with an error closes the status socket next, and by that has the child killed.
    """

    def __init__(self, limits: Sandbox, *, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> None:
        self._limits = limits
        self._progress = progress
        self._cancelled = cancelled
        self._answer = Answer(limits.output_bytes)
        self._last_words = b""
        self._records = b""
        self._asked = time.monotonic()
        self._heard = False
        self._started: float | None = None
        self._last_sign = self._asked
        self._ended: Ended | None = None

    @property
    def heard(self) -> bool:
        """Whether the zygote has said anything at all about this call."""
        return self._heard

    def follow(self, answer: int, words: int, status: socket.socket) -> bytes:
        """The result of the call.

        Raises:
            InputError, ModelError: what the child reported.
            ParserError: what the child reported, or what became of it.
            JobCancelled: `cancelled` said so.
        """
        os.set_blocking(answer, False)
        os.set_blocking(words, False)
        next_check = 0.0
        with selectors.DefaultSelector() as selector:
            selector.register(answer, selectors.EVENT_READ, lambda: self._read_answer(answer))
            selector.register(words, selectors.EVENT_READ, lambda: self._read_words(words))
            selector.register(status, selectors.EVENT_READ, lambda: self._read_status(status))
            while not self._answer.ended and self._ended is None:
                for key, _ in selector.select(TICK_SECONDS):
                    if not key.data():
                        selector.unregister(key.fileobj)
                now = time.monotonic()
                if now >= next_check:
                    next_check = now + TICK_SECONDS
                    self._check(now)
        if self._ended is not None:  # it is gone, and all it wrote is in the pipes
            self._drain(self._read_answer, answer)
        if not self._answer.ended or self._answer.error is not None:
            self._drain(self._read_words, words)
        return self._result()

    def _read_answer(self, descriptor: int) -> bool:
        """Take what is there; whether there may be more."""
        data = os.read(descriptor, READ_BYTES)
        if self._answer.feed(data):
            self._last_sign = time.monotonic()
            if self._answer.progress is not None:
                self._progress(self._answer.progress)
        return bool(data)

    def _read_words(self, descriptor: int) -> bool:
        data = os.read(descriptor, READ_BYTES)
        self._last_words = (self._last_words + data)[-LAST_WORDS_BYTES:]
        return bool(data)

    def _read_status(self, status: socket.socket) -> bool:
        data = status.recv(RECORD.size - len(self._records))
        if not data:
            raise ParserCrashed("the process that starts parsers has died")
        self._records += data
        self._heard = True
        if len(self._records) == RECORD.size:
            self._take_record(*RECORD.unpack(self._records))
            self._records = b""
        return True

    def _take_record(self, what: int, number: int, memory_kib: int, seconds: float) -> None:
        if what == STARTED:
            self._started = self._last_sign = time.monotonic()
        elif what == ENDED:
            self._ended = Ended(code=number, resident_bytes=memory_kib * 1024, cpu_seconds=seconds)
        else:
            raise ParserCrashed(f"no process could be started: {os.strerror(number)}")

    @staticmethod
    def _drain(read: Callable[[int], bool], descriptor: int) -> None:
        try:
            while read(descriptor):
                pass
        except BlockingIOError:
            return  # something that outlived the child holds the pipe open; it is not waited for

    def _check(self, now: float) -> None:
        """The clocks, and whether anybody still wants the result."""
        if self._cancelled():
            raise JobCancelled
        if self._started is None:
            if now - self._asked > START_SECONDS:
                raise ParserCrashed("the parser process did not start")
            return
        for limit, since, seconds in (
            ("wall", self._started, self._limits.wall_seconds),
            ("progress", self._last_sign, self._limits.page_seconds),
        ):
            if now - since > seconds:
                what = "took more than" if limit == "wall" else "made no progress for"
                error = ParserTimeout(f"reading the file {what} {seconds:g} seconds", limit=limit, seconds=seconds)
                raise self._placed(error)

    def _result(self) -> bytes:
        error = self._answer.error
        if not self._answer.ended:
            assert self._ended is not None
            error = verdict(self._ended, self._limits, self._last_words)
        if isinstance(error, ParserError):
            error = self._placed(error)
            log.warning("%s; its last words:\n%s", error, _shown(self._last_words))
        if error is not None:
            raise error
        return self._answer.result()

    def _placed(self, error: ParserError) -> ParserError:
        """The error with the page where it happened, if at one; a child's own word on that does not count."""
        error.facts.pop("page", None)
        if self._answer.page is not None:
            error.facts["page"] = self._answer.page
        return error


def _shown(words: bytes) -> str:
    """What a child printed, fit for a log: every line marked as foreign, nothing that moves a terminal's cursor."""
    lines = words.decode("utf-8", "backslashreplace").splitlines()
    return "\n".join("  | " + "".join(c if c.isprintable() else "?" for c in line) for line in lines)
