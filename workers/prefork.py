"""Workers that are forked from a process which has everything loaded, and forked anew when they are killed.

What kills a worker (the kernel when memory runs out, a crash in native code) is most often one document, which kills
the next one too. Loading the libraries again takes seconds of a processor each time, for which the other documents
would wait; a fork takes a tenth of that.
"""

import gc
import logging
import os
import signal
import sys
import time

from pipeline.reading.child.confinement import die_with
from pipeline.reading.child.preload import threads
from pipeline.reading.child.sandbox import Sandbox
from workers.backoff import RestartPolicy

log = logging.getLogger("sheaf.workers")

POLICY = RestartPolicy(base_seconds=0.5, cap_seconds=10.0, stable_seconds=30.0)
STOPS = (signal.SIGTERM, signal.SIGINT)
WAITED_FOR = (signal.SIGCHLD, *STOPS)


def prefork(sandbox: Sandbox, policy: RestartPolicy = POLICY) -> None:
    """Go on in a forked process, which uses the zygote of `sandbox` too; the calling one stays behind to fork another.

    It forks another when a signal has ended that one, passes SIGTERM and SIGINT on, and does not return: it ends with
    the status of what it forked, or with that of a signal (128 and its number) when nothing stays up. What it forked is
    killed when it is. Where the system is not Linux, this does nothing.

    Raises:
        SystemExit: in the process that stays behind.
    """
    if sys.platform != "linux":
        return
    names = threads()
    if len(names) > 1:
        log.warning("not single-threaded when it forks, workers may hang: %s", ", ".join(names))
    gc.collect()
    gc.freeze()  # or the first collection in each worker would copy all of it
    crashes = 0
    while True:
        sandbox.clear()
        # They wait from here on, for us: no handler that could run at the wrong time.
        signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
        began, forked = time.monotonic(), _fork()
        if forked is None:
            return
        status, told = _await_end(forked)
        if told or status >= 0:
            sys.exit(_shell_status(status))
        lived = time.monotonic() - began
        crashes = 1 if lived >= policy.stable_seconds else crashes + 1
        pause = policy.pause(crashes)
        log.error("worker %d was ended by %s after %.0f s", forked, signal.Signals(-status).name, lived)
        if pause is None:
            log.error("%d workers in a row were ended so; no other is forked", crashes)
            sys.exit(_shell_status(status))
        if signal.sigtimedwait(STOPS, pause) is not None:
            sys.exit(0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED_FOR)  # a zygote that has to be started again would keep it


def _fork() -> int | None:
    """The forked process; `None` in that one."""
    parent = os.getpid()
    forked = os.fork()
    if forked:
        return forked
    die_with(parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED_FOR)
    return None


def _await_end(forked: int) -> tuple[int, bool]:
    """Its exit status, or less than 0: the signal that ended it; and whether it was told to stop."""
    told = False
    while True:
        number = signal.sigwait(WAITED_FOR)
        if number in STOPS:
            told = True
            os.kill(forked, number)
            continue
        ended, waited = os.waitpid(forked, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(waited), told


def _shell_status(status: int) -> int:
    return status if status >= 0 else 128 - status
