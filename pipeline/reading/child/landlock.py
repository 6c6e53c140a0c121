"""Landlock: which files the child may open, by the kernel's own rules for unprivileged processes (Linux 5.13 on).

Numbers and structures are those of `<linux/landlock.h>`; each version of the kernel interface ("ABI") knows more kinds
of access, and a ruleset may only name those its kernel knows.
"""

import ctypes
import os
import site
import stat
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from pipeline.reading.child import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
TRUNCATE = 1 << 14

KINDS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many kinds of file access, counted from bit 0, an ABI knows."""
TCP_BIND_CONNECT = 0b11
SCOPE_SOCKETS_SIGNALS = 0b11
"""Abstract Unix sockets and signals of processes outside."""

OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15

SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/share",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/fonts",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
)


class _RulesetAttr(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi() -> int:
    """The kernel's Landlock version, 0 where it has none."""
    if not kernel.is_linux():
        return 0
    try:
        return kernel.syscall(CREATE_RULESET, ctypes.c_void_p(None), 0, CREATE_RULESET_VERSION)
    except OSError:
        return 0


def readable_paths() -> list[str]:
    """What imports need: Python, the installed packages, our own sources, and the system's libraries and fonts.

    Never a whole folder of `sys.path`: a checkout may hold the data folder too.
    """
    ours = Path(__file__).parents[2]
    python = [sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    packages = [entry for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages", "lib-dynload"}]
    code = [str(ours), str(ours.parent / "schemas")]
    found = [*code, *python, *site.getsitepackages(), *packages, str(Path(sys.base_prefix) / "lib"), *SYSTEM]
    real = sorted({Path(path).resolve() for path in found if Path(path).exists()})
    return [str(path) for path in real if not any(above in path.parents for above in real)]


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """From now on this process opens files under `readable` to read, under `writable` for everything but to execute.

    `no_new_privs` must be set. Files that are open already stay so.

    Raises:
        OSError: the kernel has no Landlock, or refused.
    """
    version = abi()
    handled = (1 << KINDS_BY_ABI.get(version, max(KINDS_BY_ABI.values()))) - 1
    size = 8 if version < 4 else 16 if version < 6 else 24
    attr = _RulesetAttr(handled, TCP_BIND_CONNECT, SCOPE_SOCKETS_SIGNALS)
    ruleset = kernel.syscall(CREATE_RULESET, ctypes.cast(ctypes.byref(attr), ctypes.c_void_p), size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, READ_FILE | READ_DIR)
        for path in writable:
            _allow(ruleset, path, handled & ~EXECUTE)
        kernel.syscall(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # gone since the list was made: then there is nothing to allow
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            access &= OF_FILES
        attr = _PathBeneathAttr(access, opened)
        kernel.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.cast(ctypes.byref(attr), ctypes.c_void_p), 0)
    finally:
        os.close(opened)
