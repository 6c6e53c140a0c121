"""The parent's end of the zygote: started, spoken to, ended."""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pipeline.reading.child import limits

ZYGOTE = "pipeline.reading.child.zygote"
SEND_SECONDS = 30.0
CLOSE_SECONDS = 5.0


class WarmProcess:
    """One running zygote, which loads `modules` before it forks.

    A process that is forked from the one that made this can use it too; it ends with the last of them.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="sheaf-"))
        """Where calls have their scratch folders."""
        ours, theirs = socket.socketpair()
        ours.settimeout(SEND_SECONDS)
        self._control = ours
        self._owner = os.getpid()
        self._loaded = False
        with theirs:
            # -P keeps the working folder, which may hold anybody's files, out of the places modules come from. In a
            # session of its own it does not get the Ctrl-C that tells the parent to end its calls in order.
            self._process = subprocess.Popen(  # noqa: S603 - our own module by our own interpreter
                [sys.executable, "-P", "-m", ZYGOTE, str(theirs.fileno()), str(self.scratch), *modules],
                env=limits.environment() | {"PYTHONPATH": os.pathsep.join(_module_paths())},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs: its end of the socket is open."""
        asked = select.poll()
        asked.register(self._control, 0)
        return not asked.poll(0)

    @property
    def threads(self) -> int | None:
        """How many threads it has, native ones counted; `None` where the system does not say."""
        tasks = Path(f"/proc/{self.pid}/task")
        return len(list(tasks.iterdir())) if tasks.exists() else None

    def loaded(self, seconds: float) -> bool:
        """Whether it has loaded its modules, or is gone; waits that long for it."""
        if not self._loaded:
            said = select.poll()
            said.register(self._control, select.POLLIN)
            self._loaded = bool(said.poll(seconds * 1000))
        return self._loaded

    def send(self, request: int, answer: int, words: int, status: int, source: int | None) -> None:
        """Ask for one child with these file descriptors.

        Raises:
            OSError: it is gone, or takes nothing.
        """
        descriptors = [request, answer, words, status] + ([] if source is None else [source])
        socket.send_fds(self._control, [b"c"], descriptors)

    def clear(self) -> None:
        """Remove what calls have left behind whose caller was killed.

        Raises:
            OSError: their folder is gone.
        """
        for left in self.scratch.iterdir():
            shutil.rmtree(left, ignore_errors=True)

    def close(self) -> None:
        """End it and its children, and wait until it is gone; in a process that was forked, only let go of it."""
        self._control.close()
        if os.getpid() != self._owner:
            return
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def kill(self) -> None:
        """End it at once, for all that use it; its children die with it."""
        if os.getpid() == self._owner:
            self._process.kill()
        else:  # not ours to wait for, so that its number is nobody else's yet
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.close()


def _module_paths() -> list[str]:
    """Where this process finds modules, as absolute paths."""
    return [str(Path(entry).resolve()) for entry in sys.path if entry and Path(entry).exists()]
