"""One run of the engine: started under a warden, its last words kept, ended with everything that came from it."""

import contextlib
import logging
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import IO

from workers.gpu import warden
from workers.gpu.command import Command

log = logging.getLogger("sheaf.engine")

TAIL_LINES = 40
LINE_BYTES = 4_000
"""Longer lines are told in pieces; a progress bar without a line's end does not fill the memory."""
GRACE_SECONDS = 20.0
"""Between SIGTERM and SIGKILL."""
READ_SECONDS = 10.0
"""How long its last words may take to be read, once nobody is left to say more."""


class Engine:
    """A running engine. What it prints is logged by `sheaf.engine`."""

    def __init__(self, command: Command, grace_seconds: float = GRACE_SECONDS) -> None:
        self._grace = grace_seconds
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._process = subprocess.Popen(  # noqa: S603 - the operator's command
            [sys.executable, "-I", str(Path(warden.__file__)), str(grace_seconds), *command.arguments],
            env=command.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A Ctrl-C at the terminal is for us; we end the engine when its work is over.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="sheaf-engine-log", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the warden."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """128 + signal where it was killed by one; `None` while it runs."""
        return self._process.poll()

    @property
    def last_words(self) -> list[str]:
        """The last lines that it printed."""
        return list(self._tail)

    def wait(self, seconds: float) -> bool:
        """Wait for it to end, so long at most; whether it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it and everything that came from it; returns when it is gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        if not self.wait(self._grace + 2 * warden.KILL_SECONDS):
            log.error("the engine's warden does not end; killing it")
            self._process.kill()
            self._process.wait()
        self._reader.join(READ_SECONDS)

    def _read(self, lines: IO[bytes]) -> None:
        for line in iter(lambda: lines.readline(LINE_BYTES), b""):
            text = line.decode(errors="replace").rstrip()
            if text:
                self._tail.append(text)
                log.info("%s", text)
        lines.close()
