"""What a child gives up before it looks at a file, in an order in which no step hinders the next."""

import os
import signal
from contextlib import suppress

from pipeline.reading.child import kernel, landlock, limits, seccomp
from pipeline.settings import Sandbox

CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000


def leave_network() -> bool:
    """Move this single-threaded process into user, network and IPC namespaces of its own; whether that was allowed.

    The new network has no interface that is up. Done once for the zygote: its children are born there.
    """
    if not kernel.is_linux():
        return False
    try:
        kernel.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC)
    except OSError:
        return False
    return True


def die_with(parent: int) -> None:
    """End this process when the process `parent`, which forked it, ends."""
    if not kernel.is_linux():
        return
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the call
        os._exit(0)


def confine(sandbox: Sandbox, *, readable: list[str], scratch: str) -> None:
    """Take the limits and raise every wall the kernel offers; there is no way back.

    A wall that cannot be raised is missing, not an error: what the file meets then is what `sheaf doctor` reports.

    Raises:
        OSError: a limit was refused.
    """
    limits.apply(sandbox)
    if not kernel.is_linux():
        return
    for wall in (
        kernel.drop_capabilities,
        lambda: kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1),
        lambda: landlock.restrict(readable, [scratch, os.devnull]),
        seccomp.restrict,
    ):
        with suppress(OSError):
            wall()
