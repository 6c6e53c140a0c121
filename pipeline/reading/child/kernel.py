"""Calls into the Linux kernel that Python does not offer."""

import ctypes
import os
import sys
from functools import cache

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

CAPABILITY_VERSION_3 = 0x20080522


def is_linux() -> bool:
    """Whether this kernel can have these calls at all."""
    return sys.platform.startswith("linux")


@cache
def libc() -> ctypes.CDLL:
    """The C library of this process, with `errno` kept."""
    return ctypes.CDLL(None, use_errno=True)


def failed() -> OSError:
    """The last call's `errno` as an exception."""
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def prctl(option: int, *arguments: int | ctypes.c_void_p) -> None:
    """`prctl(2)`.

    Raises:
        OSError: the kernel refused.
    """
    filled = [ctypes.c_ulong(part) if isinstance(part, int) else part for part in arguments]
    filled += [ctypes.c_ulong(0)] * (4 - len(filled))
    if libc().prctl(ctypes.c_int(option), *filled) != 0:
        raise failed()


def syscall(number: int, *arguments: int | ctypes.c_void_p) -> int:
    """A system call by its number.

    Raises:
        OSError: the kernel refused.
    """
    call = libc().syscall
    call.restype = ctypes.c_long
    filled = [ctypes.c_long(part) if isinstance(part, int) else part for part in arguments]
    result = int(call(ctypes.c_long(number), *filled))
    if result < 0:
        raise failed()
    return result


def unshare(flags: int) -> None:
    """`unshare(2)`.

    Raises:
        OSError: the kernel, or a container around us, does not allow it.
    """
    if libc().unshare(ctypes.c_int(flags)) != 0:
        raise failed()


def drop_capabilities() -> None:
    """Give up every capability, for good once `no_new_privs` is set.

    Raises:
        OSError: the kernel refused.
    """
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc().capset(ctypes.byref(header), ctypes.byref(nothing)) != 0:
        raise failed()
