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
SIGNALLED = 128
"""An exit status above it means a signal, as in shells."""
EXIT_NO_FORK = 71
"""`EX_OSERR` of <sysexits.h>."""


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
    # They wait for us: no handler runs at the wrong time, and none is lost between two workers.
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where whoever started us ignores it, no end would be told
    own, crashes = os.getpid(), 0
    while True:
        began = time.monotonic()
        try:
            sandbox.renew()
            forked = os.fork()
        except OSError as error:  # what has ended the one before: want of memory
            status = EXIT_NO_FORK
            log.error("no worker can be forked: %s", error)  # noqa: TRY400 - where does not matter
        else:
            if forked == 0:
                die_with(own)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED_FOR)
                return
            number = _await_signal(forked)
            status = SIGNALLED + number
            name, lived = signal.strsignal(number), time.monotonic() - began
            log.error("worker %d was ended by signal %d (%s) after %.0f s", forked, number, name, lived)
        crashes = crashes + 1 if time.monotonic() - began < policy.stable_seconds else 1
        pause = policy.pause(crashes)
        if pause is None:
            log.error("%d in a row; no other worker is forked", crashes)
            sys.exit(status)
        if signal.sigtimedwait(STOPS, pause) is not None:
            sys.exit(0)


def _await_signal(forked: int) -> int:
    """The one that has ended it.

    Raises:
        SystemExit: it has ended by itself, or was told to.
    """
    told = False
    while True:
        number = signal.sigwait(WAITED_FOR)
        if number in STOPS:
            told = True
            os.kill(forked, number)
            continue
        ended, waited = os.waitpid(forked, os.WNOHANG)
        if not ended:
            continue
        status = os.waitstatus_to_exitcode(waited)
        if told and -status in STOPS:  # it could not hear of it yet
            status = 0
        if told or status >= 0:
            sys.exit(status if status >= 0 else SIGNALLED - status)
        return -status
