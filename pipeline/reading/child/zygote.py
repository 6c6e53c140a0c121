"""The warm process that children are forked from: single-threaded, with the parsers loaded and no file ever opened.

It is started as `python -m pipeline.reading.child.zygote FD SCRATCH MODULE…`, where FD is a Unix socket to the parent,
and ends when that socket does. It sends one byte there when it has loaded them. For each call it receives one byte and
the file descriptors of: the request, the answer, the child's last words, the status, and the source where there is one.

The status is a socket of its own for each call: the zygote writes a `STARTED` record after the fork and an `ENDED`
record when the child is gone; the parent closes it to have the child killed.
"""

import faulthandler
import gc
import logging
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, NoReturn

from pipeline.reading.child import call, confinement, landlock, limits
from pipeline.reading.child.preload import preload, threads

log = logging.getLogger(__name__)

RECORD = struct.Struct("!Bqqd")
"""What, process id or exit status (negative: the signal), most resident memory in KiB, CPU seconds."""
STARTED, ENDED, REFUSED = 1, 2, 3
DESCRIPTORS = 5
LOADED = b"l"
EXIT_UNFIT = 70
"""A child that could not even begin: `EX_SOFTWARE` of <sysexits.h>."""


class _Call(NamedTuple):
    request: int
    answer: int
    words: int
    status: int
    source: int | None


class Zygote:
    """Forks, reaps and kills; reads nothing that a child wrote."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, socket.socket] = {}
        self._readable = landlock.readable_paths()

    def serve(self) -> None:
        """Until the parent closes its end of the control socket; then every child is killed."""
        woken, waker = socket.socketpair()
        woken.setblocking(False)
        waker.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ, self._accept)
        self._selector.register(woken, selectors.EVENT_READ, lambda: self._reap(woken))
        with suppress(_ParentGone):
            while True:
                for key, _ in self._selector.select():
                    key.data()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _accept(self) -> None:
        """Take one call and fork its child."""
        try:
            said, descriptors, _, _ = socket.recv_fds(self._control, 1, DESCRIPTORS)
        except ConnectionResetError as error:
            raise _ParentGone from error
        if not said:
            raise _ParentGone
        request, answer, words, own, *source = descriptors
        asked = _Call(request, answer, words, own, source[0] if source else None)
        status = socket.socket(fileno=asked.status)
        try:
            pid = os.fork()
        except OSError as error:
            _tell(status, REFUSED, error.errno or 0)
            status.close()
        else:
            if pid == 0:
                _become_child(asked, self._readable)
            self._children[pid] = status
            self._selector.register(status, selectors.EVENT_READ, lambda: self._kill(pid))
            _tell(status, STARTED, pid)
        for descriptor in (asked.request, asked.answer, asked.words, asked.source):
            if descriptor is not None:
                os.close(descriptor)

    def _kill(self, pid: int) -> None:
        """The parent has closed the status socket of this child, which may be reaped already."""
        status = self._children.get(pid)
        if status is not None:
            self._selector.unregister(status)
            os.kill(pid, signal.SIGKILL)

    def _reap(self, woken: socket.socket) -> None:
        woken.recv(4096)
        while self._children:
            pid, waited, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            status = self._children.pop(pid)
            with suppress(KeyError):  # a killed one is out already
                self._selector.unregister(status)
            code = os.waitstatus_to_exitcode(waited)
            _tell(status, ENDED, code, usage.ru_maxrss, usage.ru_utime + usage.ru_stime)
            status.close()


class _ParentGone(Exception):
    """The control socket has ended."""


def _tell(status: socket.socket, what: int, number: int, memory: int = 0, seconds: float = 0.0) -> None:
    with suppress(OSError):  # the parent no longer waits for this call
        status.sendall(RECORD.pack(what, number, memory, seconds))


def _become_child(asked: _Call, readable: list[str]) -> NoReturn:
    """Everything the forked process does."""
    try:
        zygote = os.getppid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(asked.words, 1)
        os.dup2(asked.words, 2)
        _close_all_but({asked.request, asked.answer} | ({asked.source} if asked.source is not None else set()))
        confinement.die_with(zygote)
        with os.fdopen(asked.request, "rb") as file:
            request = file.read()
        call.serve(request, answer=asked.answer, source=asked.source, readable=readable)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing may return into the zygote's loop
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(EXIT_UNFIT)


def _close_all_but(kept: set[int]) -> None:
    """The other calls' sockets, and the zygote's own, are none of the child's business."""
    at = 3
    for descriptor in sorted(kept):
        os.closerange(at, descriptor)
        at = descriptor + 1
    os.closerange(at, os.sysconf("SC_OPEN_MAX"))


def main(descriptor: int, scratch: str, modules: Sequence[str]) -> None:
    """Load `modules`, then serve the parent on the socket `descriptor`; remove the folder `scratch` at the end."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # who started this may wait for signals that we are to hear of
    control = socket.socket(fileno=descriptor)
    isolated = confinement.leave_network()
    preload(modules)
    for name in set(os.environ) - set(limits.environment()):  # where modules are; what libraries added
        del os.environ[name]
    names = threads()
    if len(names) > 1:
        log.warning("not single-threaded when it forks, children may hang: %s", ", ".join(names))
    log.debug("ready; network namespace: %s", isolated)
    gc.collect()
    gc.freeze()
    faulthandler.enable()
    with suppress(OSError):  # the parent is gone, which serving finds out
        control.sendall(LOADED)
    Zygote(control).serve()
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
