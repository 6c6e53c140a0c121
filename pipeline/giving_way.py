"""What a process loads while it starts beside working ones, it loads at a low priority.

A worker takes seconds of a processor until it can work. On a machine whose processors are busy the others' documents
would wait for those seconds, each time that a supervisor starts a killed one again.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

NICENESS = 10
_GROUP = Path("/proc/self/autogroup")
RESTORE_SECONDS = 5.0
RESTORE_PAUSE = 0.11
GONE_SECONDS = 5.0


def giving_way(load: Callable[[], None]) -> None:
    """Call `load`, at a lower priority than other work of the machine where the system is Linux.

    It runs in a thread that is gone afterwards, to the system too: who lowered its own priority may not raise it again
    without a privilege, and only Linux has priorities of threads. Where sessions are scheduled as groups
    (sched_autogroup(7)) those count between sessions, so that a process that leads one lowers that as well; a group
    may be raised again. Between containers or units with processor shares of their own neither counts, but these
    shares do.

    Raises:
        Exception: whatever `load` raised.
    """
    if sys.platform != "linux":
        load()
        return
    raised: list[BaseException] = []
    thread = threading.Thread(target=_run, args=(load, raised), name="giving-way")
    thread.start()
    native = thread.native_id
    thread.join()
    _await_end(native)
    if raised:
        raise raised[0]


def _run(load: Callable[[], None], raised: list[BaseException]) -> None:
    before = _group() if os.getsid(0) == os.getpid() else None
    grouped = before is not None and before < NICENESS and _set_group(NICENESS)
    try:
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, max(NICENESS, os.getpriority(os.PRIO_PROCESS, own)))
        load()
    except BaseException as error:  # noqa: BLE001 - it is raised again where `giving_way` was called
        raised.append(error)
    finally:
        if grouped and before is not None:
            _restore_group(before)


def _group() -> int | None:
    """How low the session's priority is; `None` where the kernel has no such groups."""
    try:
        return int(_GROUP.read_text(encoding="ascii").rsplit(maxsplit=1)[-1])  # "/autogroup-17 nice 0"
    except (OSError, ValueError, IndexError):
        return None


def _set_group(niceness: int) -> bool:
    """Whether the kernel has taken it: it takes ten changes a second, those of all users and groups together."""
    try:
        _GROUP.write_text(str(niceness), encoding="ascii")
    except OSError:
        return False
    return True


def _restore_group(niceness: int) -> None:
    until = time.monotonic() + RESTORE_SECONDS
    while not _set_group(niceness):
        if time.monotonic() > until:
            log.warning("the process keeps its low priority: %s takes no change", _GROUP)
            return
        time.sleep(RESTORE_PAUSE)


def _await_end(thread: int | None) -> None:
    """A joined thread has still a last step to its end: until then a fork would count as one of several threads."""
    until = time.monotonic() + GONE_SECONDS
    while Path(f"/proc/self/task/{thread}").exists() and time.monotonic() < until:
        time.sleep(0.001)
