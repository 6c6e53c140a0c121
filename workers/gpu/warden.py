"""Runs a command and leaves nothing of it behind. A program of its own: `python -I warden.py GRACE COMMAND…`.

vLLM is a tree of processes: kill the API server and its engine and workers live on, with all of the GPU's memory. The
warden becomes the parent of whatever in the tree loses its own (a subreaper), so that nothing gets away by a session of
its own. It ends the tree when the command ends, when it gets SIGTERM, and when its standard input is closed: that is
what happens when the process that started it dies, however it dies. Exit status: the command's, 128 + signal if it was
killed by one.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
KILL_SECONDS = 10.0
"""How long killed processes may take to be gone; a GPU driver may hold one for a while."""
LOOK_SECONDS = 0.05


def main(arguments: list[str]) -> int:
    """Run until the command has ended, or is to."""
    grace, command = float(arguments[0]), arguments[1:]
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    signals, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    try:
        # Should the warden itself be killed, at least its direct child goes with it. One thread only: this is safe.
        child = subprocess.Popen(  # noqa: S603 - what we were asked to run
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: _prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
        return 127
    _wait(child, signals)
    return _end(child, grace)


def _wait(child: "subprocess.Popen[bytes]", signals: int) -> None:
    """Until the child has ended, or we are told to stop."""
    while child.poll() is None:
        ready, _, _ = select.select([signals, sys.stdin], [], [])
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 1024):
            return
        if signals in ready and set(os.read(signals, 1024)) & {signal.SIGTERM, signal.SIGINT}:
            return
        _reap(child.pid)


def _end(child: "subprocess.Popen[bytes]", grace: float) -> int:
    """SIGTERM to the child, SIGKILL to what is left after `grace` seconds of it and of all that came from it."""
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    deadline = time.monotonic() + KILL_SECONDS
    while (child.poll() is None or _reap(child.pid)) and time.monotonic() < deadline:
        for pid in _offspring():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(LOOK_SECONDS)
    status = child.poll()
    return 128 + signal.SIGKILL if status is None else status if status >= 0 else 128 - status


def _offspring() -> Iterator[int]:
    """All processes below us. Zombies too: one whose first thread has ended looks like one while its others run on."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                # The command in brackets may hold anything; behind the last bracket: state, parent, …
                _, parent, *_ = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                parents[int(entry.name)] = int(parent)
    for pid in parents:
        above = parents.get(pid)
        while above is not None and above != os.getpid():
            above = parents.get(above)
        if above is not None:
            yield pid


def _reap(child: int) -> bool:
    """Let adopted processes that have ended go; the child itself is its `Popen`'s.

    Returns whether there are others, which for a subreaper means: whether anything below us is left, as the kernel
    knows it. A look through /proc cannot tell, since processes change parents while it goes on.
    """
    try:
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if ended.si_pid == child:
                return True
            os.waitpid(ended.si_pid, 0)
    except ChildProcessError:
        return False
    return True


def _prctl(option: int, value: int) -> None:
    """`prctl(2)`; elsewhere than on Linux there is none, and no GPU that vLLM runs on either."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
