"""The parent's end of the zygote: started, spoken to, ended."""

import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.reading.child import limits

ZYGOTE = "pipeline.reading.child.zygote"
SEND_SECONDS = 30.0
CLOSE_SECONDS = 5.0


class WarmProcess:
    """One running zygote, which loads `modules` before it forks."""

    def __init__(self, modules: Sequence[str]) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="sheaf-"))
        """Where calls have their scratch folders."""
        ours, theirs = socket.socketpair()
        ours.settimeout(SEND_SECONDS)
        self._control = ours
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
        """Whether it runs."""
        return self._process.poll() is None

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

    def close(self) -> None:
        """End it and its children, and wait until it is gone."""
        self._control.close()
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def kill(self) -> None:
        """End it at once; its children die with it."""
        self._process.kill()
        self.close()


def _module_paths() -> list[str]:
    """Where this process finds modules, as absolute paths."""
    return [str(Path(entry).resolve()) for entry in sys.path if entry and Path(entry).exists()]
