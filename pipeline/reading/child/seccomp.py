"""seccomp: which system calls the child may make. A refused call fails with `EPERM`, so that a library can go on.

The filter is a classic BPF program over `struct seccomp_data` (`<linux/seccomp.h>`, seccomp(2)). What a parser has no
business with is refused: sockets, other processes, programs, mounts, modules, keys, kernel interfaces with a history.
"""

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from pipeline.reading.child import kernel

MODE_FILTER = 2
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
AT_NUMBER, AT_ARCH, AT_FIRST_ARGUMENT = 0, 4, 16
CLONE_THREAD = 0x10000
X32_NUMBERS = 0x40000000

# Since Linux 5.1 new calls have the same number everywhere.
_EVERYWHERE = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_open": 434,
    "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447,
    "process_mrelease": 448,
}  # fmt: skip
_X86_64 = {
    "shmget": 29, "shmat": 30, "socket": 41, "connect": 42, "accept": 43, "bind": 49, "listen": 50, "socketpair": 53,
    "fork": 57, "vfork": 58, "execve": 59, "semget": 64, "msgget": 68, "ptrace": 101, "syslog": 103,
    "rt_sigqueueinfo": 129, "mknod": 133, "personality": 135, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155,
    "adjtimex": 159, "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167,
    "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173,
    "init_module": 175, "delete_module": 176, "quotactl": 179, "tkill": 200, "lookup_dcookie": 212,
    "clock_settime": 227, "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
    "migrate_pages": 256, "mknodat": 259, "unshare": 272, "move_pages": 279, "accept4": 288, "rt_tgsigqueueinfo": 297,
    "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304,
    "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312,
    "finit_module": 313, "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323,
}  # fmt: skip
_AARCH64 = {
    "mknodat": 33, "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "vhangup": 58, "quotactl": 60,
    "acct": 89, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105, "delete_module": 106,
    "clock_settime": 112, "syslog": 116, "ptrace": 117, "tkill": 130, "rt_sigqueueinfo": 138, "reboot": 142,
    "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171, "mq_open": 180, "msgget": 186,
    "semget": 190, "shmget": 194, "shmat": 196, "socket": 198, "socketpair": 199, "bind": 200, "listen": 201,
    "accept": 202, "connect": 203, "add_key": 217, "request_key": 218, "keyctl": 219, "execve": 221, "swapon": 224,
    "swapoff": 225, "migrate_pages": 238, "move_pages": 239, "rt_tgsigqueueinfo": 240, "perf_event_open": 241,
    "accept4": 242, "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266,
    "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273,
    "memfd_create": 279, "bpf": 280, "execveat": 281, "userfaultfd": 282, "kexec_file_load": 294,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class _Machine:
    audit: int
    """`AUDIT_ARCH_…` of `<linux/audit.h>`."""
    refused: dict[str, int]
    clone: int
    clone3: int
    signals: tuple[int, ...]
    """kill and tgkill: allowed on the own process only, or else `abort()` could not end it."""
    prlimit64: int
    """Allowed on the own process, which it may also call 0."""


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E, refused=_X86_64 | _EVERYWHERE, clone=56, clone3=435, signals=(62, 234), prlimit64=302
    ),
    "aarch64": _Machine(
        audit=0xC00000B7, refused=_AARCH64 | _EVERYWHERE, clone=220, clone3=435, signals=(129, 131), prlimit64=261
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def restrict() -> None:
    """Refuse the calls above from now on. `no_new_privs` must be set.

    Raises:
        OSError: the kernel refused, or there is no filter for this machine.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None or not kernel.is_linux():
        raise OSError(errno.ENOSYS, f"there is no filter for {platform.machine()}")
    code = _assemble(machine, os.getpid())
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(held, ctypes.c_void_p))
    kernel.prctl(kernel.PR_SET_SECCOMP, MODE_FILTER, ctypes.cast(ctypes.byref(program), ctypes.c_void_p))


def _instruction(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)


def _assemble(machine: _Machine, pid: int) -> bytes:
    """The program for one process: `pid` is its own id."""
    refuse = _instruction(RETURN, ERRNO | errno.EPERM)
    lines = [
        _instruction(LOAD, AT_ARCH),
        _instruction(JUMP_EQUAL, machine.audit, 1, 0),
        _instruction(RETURN, KILL),
        _instruction(LOAD, AT_NUMBER),
        _instruction(JUMP_AT_LEAST, X32_NUMBERS, 0, 1),
        refuse,
    ]
    for number in sorted(machine.refused.values()):
        lines += [_instruction(JUMP_EQUAL, number, 0, 1), refuse]
    # clone3 passes its flags by pointer, which a filter cannot follow; without it the C library falls back to clone.
    lines += [_instruction(JUMP_EQUAL, machine.clone3, 0, 1), _instruction(RETURN, ERRNO | errno.ENOSYS)]
    threads_only = [_instruction(JUMP_ANY_BIT, CLONE_THREAD, 1, 0), refuse]
    lines += _with_first_argument(machine.clone, threads_only)
    own = [_instruction(JUMP_EQUAL, pid, 1, 0), refuse]
    for number in machine.signals:
        lines += _with_first_argument(number, own)
    lines += _with_first_argument(machine.prlimit64, [_instruction(JUMP_EQUAL, 0, 2, 0), *own])
    return b"".join([*lines, _instruction(RETURN, ALLOW)])


def _with_first_argument(number: int, checks: list[bytes]) -> list[bytes]:
    """Run `checks` on the first argument (its low half) when the call is `number`, and load the number again."""
    inner = [_instruction(LOAD, AT_FIRST_ARGUMENT), *checks, _instruction(LOAD, AT_NUMBER)]
    return [_instruction(JUMP_EQUAL, number, 0, len(inner)), *inner]
