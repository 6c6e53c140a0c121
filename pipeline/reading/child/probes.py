"""Tasks that try the walls from inside: `confinement` for `sheaf doctor`, the others to test each limit."""

import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from pipeline.errors import DamagedFile
from pipeline.reading.child import limits
from pipeline.reading.options import PageProgress, Progress

Arguments = dict[str, Any]


def echo(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """The source where there is one, else the arguments as JSON."""
    progress(1.0)
    return orjson.dumps(arguments) if source is None else source.read()


def confinement(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Wall → whether it stands, as JSON. `arguments["network"]` names the parent's network namespace, if it has one."""
    del source, progress
    outside = arguments.get("network")
    found = {
        "memory limit": limits.describe()["AS"] > 0,
        "no sockets": _refused(lambda: socket.socket().close()),
        "no network": outside is not None and str(Path("/proc/self/ns/net").readlink()) != outside,
        "no processes": _refused(_fork),
        "no programs": _refused(lambda: os.execv("/nonexistent", ["nonexistent"])),  # noqa: S606 - starts nothing
        "no foreign files": _refused(lambda: Path("/etc/passwd").read_bytes()),
        "no writing": _refused(lambda: os.close(os.open(__file__, os.O_WRONLY))),
        "no signals": _refused(lambda: os.kill(os.getppid(), 0)),
        "no environment": set(os.environ) <= set(limits.environment()),
    }
    return orjson.dumps(found)


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def exhaust_memory(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Hold ever more memory."""
    del source, arguments, progress
    held = []
    while True:
        held.append(bytearray(16 * 1024 * 1024))


def abort_for_memory(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """End as C++ code does that cannot allocate."""
    del source, arguments, progress
    sys.stderr.write("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n")
    sys.stderr.flush()
    os.abort()


def burn(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Use the processor for ever, reporting progress all the time; deaf to SIGXCPU with `{"deaf": true}`."""
    del source
    if arguments.get("deaf"):
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        progress(0.5)


def tick(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Report progress every 20 ms for `{"seconds": …}`; then the process id."""
    del source
    until = time.monotonic() + arguments["seconds"]
    while time.monotonic() < until:
        progress(0.5)
        time.sleep(0.02)
    return str(os.getpid()).encode()


def stall(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Report the process id as progress (over 2**32), then do nothing for ever."""
    del source, arguments
    progress(os.getpid() / 2**32)
    while True:
        time.sleep(60)


def flood(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """A result of `{"bytes": …}`."""
    del source, progress
    return bytes(arguments["bytes"])


def fill_disk(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Write a file until that is refused; how many bytes it took, and the refusal."""
    del source, arguments, progress
    block = bytes(4 * 1024 * 1024)
    with Path("full").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(block)
        except OSError as error:
            return orjson.dumps({"bytes": file.tell(), "errno": error.errno})


def open_many(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Open files until that is refused; how many were open."""
    del source, arguments, progress
    held = []
    while True:
        try:
            held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return str(len(held)).encode()


def write_source(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Try to change the source itself; whether that was refused."""
    del arguments, progress
    assert source is not None
    try:
        os.write(source.fileno(), b"changed")
    except OSError:
        return b"refused"
    return b"written"


def fail(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Raise `DamagedFile` with the arguments as facts, or with `{"bug": true}` an error that is not ours."""
    del source, progress
    if arguments.get("bug"):
        raise KeyError("secret content of the file")
    raise DamagedFile("the third page is torn", **arguments)


def die(source: BinaryIO | None, arguments: Arguments, progress: PageProgress) -> bytes:
    """End by the signal `{"signal": …}`, or with the exit status `{"status": …}`, after beginning the `pages`."""
    del source
    for number in arguments.get("pages", []):
        progress.at_page(number)
    if "status" in arguments:
        os._exit(arguments["status"])
    os.kill(os.getpid(), arguments["signal"])
    return b""


def babble(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """Write raw bytes (`{"hex": …}`) where frames belong, as a parser under foreign control would."""
    del source, progress
    for descriptor in range(3, limits.OPEN_FILES):
        if _is_answer(descriptor):
            os.write(descriptor, bytes.fromhex(arguments["hex"]))
    return b""


def _is_answer(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def descriptors(source: BinaryIO | None, arguments: Arguments, progress: Progress) -> bytes:
    """How many file descriptors the child holds."""
    del source, arguments, progress
    held = 0
    for descriptor in range(limits.OPEN_FILES):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        held += 1
    return str(held).encode()
