"""Runs tasks on hostile files, each in a child process with limits."""

import fcntl
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from pipeline.errors import JobCancelled, ParserCrashed
from pipeline.reading.child.preload import MODULES
from pipeline.reading.child.protocol import Request, check_task
from pipeline.reading.child.warm import WarmProcess
from pipeline.reading.child.watch import Watch
from pipeline.settings import Sandbox as Limits

PIPE_BYTES = 1024 * 1024
CANCEL_SECONDS = 0.5
"""Between two looks at whether who waits for a child still wants it."""


def _no_progress(_: float) -> None:
    return


def _never() -> bool:
    return False


class Sandbox:
    """A source of child processes, one for each call. Thread-safe.

    The children are forked from a process that has the parsers loaded (the zygote); it is started once, survives
    whatever a child does, and is started again when it is gone. `modules` are loaded there; a task in another module
    works too, but loads it in every child.
    """

    def __init__(self, limits: Limits, modules: Sequence[str] = MODULES) -> None:
        self.limits = limits
        """Of the calls to come; may be replaced between calls."""
        self._modules = modules
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(limits.children)
        self._warm: WarmProcess | None = None
        self._closed = False

    def start(self) -> None:
        """Start the zygote; it loads its libraries while we go on. Calls do this by themselves when it was not done."""
        with self._lock:
            self._running()

    @property
    def started(self) -> bool:
        """Whether there is a zygote, or was one."""
        return self._warm is not None

    def loaded(self, seconds: float = 0.0) -> bool:
        """Whether a call would find the libraries loaded; waits that long for it, and calls wait meanwhile."""
        with self._lock:
            return self._running().loaded(seconds)

    def renew(self) -> None:
        """As `start`, and remove what calls of processes that were forked from this one left behind: all are gone.

        Raises:
            OSError: the zygote was gone, and the system starts no other; or the folder of calls is gone.
        """
        with self._lock:
            self._running().clear()

    def close(self) -> None:
        """End the zygote and every child; calls under way end with `ParserCrashed`, and so do later ones.

        In a process that was forked from the one where it was started the zygote goes on, and so do calls under way.
        """
        with self._lock:
            self._closed = True
            if self._warm is not None:
                self._warm.close()
                self._warm = None

    def run(
        self,
        task: str,
        source: BinaryIO | None,
        arguments: dict[str, Any],
        *,
        progress: Callable[[float], None] = _no_progress,
        cancelled: Callable[[], bool] = _never,
        queues: bool = True,
    ) -> bytes:
        """Run `task` ("pipeline.module:function") in a child on `source`, which has a real file descriptor.

        The child gets a descriptor of its own, open for reading only, at the beginning of the file. `progress` gets
        shares from 0 to 1 in the calling thread; an exception it raises ends the child and comes out here. While
        `children` of these calls run, it waits, unless it does not queue.

        Raises:
            InputError, ModelError: raised by the task; same class, message and facts.
            ParserCrashed, ParserTimeout, ParserOutOfMemory, ParserProtocolError: how the child ended; the facts hold
                `limit` and its value, `signal`, `exit_status` or `exception`, and `page` where it was at one.
            LimitExceeded: the result is larger than `output_bytes`.
            JobCancelled: `cancelled` returned true.
            ValueError: `task` is not the name of a task.
        """
        check_task(task)
        watch = Watch(self.limits, progress=progress, cancelled=cancelled)
        with ExitStack() as held:
            if queues:
                _take(self._places, cancelled)
                held.callback(self._places.release)
            warm, answer, words, status = self._send(held, task, source, arguments)
            try:
                return watch.follow(answer, words, status)
            except ParserCrashed:
                if not watch.heard:
                    self._give_up(warm)
                raise

    def confinement(self) -> dict[str, bool]:
        """Which walls really stand around a child, tried from inside one: what `sheaf doctor` prints."""
        network = Path("/proc/self/ns/net")
        outside = {"network": str(network.readlink())} if network.exists() else {}
        found: dict[str, bool] = orjson.loads(
            self.run("pipeline.reading.child.probes:confinement", None, outside, queues=False)
        )
        with self._lock:
            threads = self._running().threads
        return found | {"forked from one thread": threads == 1}

    def _running(self) -> WarmProcess:
        if self._closed:
            raise ParserCrashed("the parsers are shut down")
        if self._warm is not None and not self._warm.alive:
            self._warm.close()
            self._warm = None
        if self._warm is None:
            self._warm = WarmProcess(self._modules)
        return self._warm

    def _send(
        self, held: ExitStack, task: str, source: BinaryIO | None, arguments: dict[str, Any]
    ) -> tuple[WarmProcess, int, int, socket.socket]:
        """Ask for a child; our ends of what connects us to it are closed with `held`."""
        with self._lock, ExitStack() as theirs:
            warm = self._running()
            scratch = tempfile.mkdtemp(dir=warm.scratch)
            held.callback(shutil.rmtree, scratch, ignore_errors=True)
            asked = Request(task=task, arguments=arguments, limits=self.limits, scratch=scratch)
            request = theirs.enter_context(tempfile.TemporaryFile())
            request.write(asked.to_bytes())
            request.seek(0)
            answer, answer_end = _pipe(held, theirs)
            words, words_end = _pipe(held, theirs)
            ours, status_end = socket.socketpair()
            status = held.enter_context(ours)
            theirs.enter_context(status_end)
            opened = None if source is None else _reopened(source, theirs)
            try:
                warm.send(request.fileno(), answer_end, words_end, status_end.fileno(), opened)
            except OSError as error:
                warm.kill()
                self._warm = None
                raise ParserCrashed("the process that starts parsers takes no calls") from error
        return warm, answer, words, status

    def _give_up(self, warm: WarmProcess) -> None:
        """End a zygote that does not fork; the next call gets a new one."""
        with self._lock:
            if self._warm is warm:
                warm.kill()
                self._warm = None


def _take(places: threading.Semaphore, cancelled: Callable[[], bool]) -> None:
    while not places.acquire(timeout=CANCEL_SECONDS):
        if cancelled():
            raise JobCancelled


def _pipe(ours: ExitStack, theirs: ExitStack) -> tuple[int, int]:
    """The reading and the writing end."""
    reading, writing = os.pipe()
    ours.callback(os.close, reading)
    theirs.callback(os.close, writing)
    with suppress(OSError, AttributeError):  # only faster: Linux only, and up to a limit for each user
        fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return reading, writing


def _reopened(source: BinaryIO, theirs: ExitStack) -> int:
    """A descriptor for the child that cannot write and has an offset of its own.

    Where the system cannot open one file twice by its descriptor, the child shares ours.
    """
    try:
        descriptor = os.open(f"/proc/self/fd/{source.fileno()}", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        source.seek(0)
        descriptor = os.dup(source.fileno())
    theirs.callback(os.close, descriptor)
    return descriptor
