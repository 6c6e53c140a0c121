"""Resource limits of the child: how much it may use, whatever it does.

`RLIMIT_NPROC` counts the processes and threads of a user and does nothing for root; the seccomp filter is what stops
new processes there.
"""

import os
import resource
from contextlib import suppress
from pathlib import Path

from pipeline.settings import Sandbox

OPEN_FILES = 128
PROCESSES = 1024
"""Of the same user, threads counted: a wall against thread bombs, wide enough for a desktop's user."""
CPU_GRACE_SECONDS = 2
"""Between SIGXCPU, which a program may catch, and SIGKILL."""
SCRATCH_FILE_BYTES = 256 * 1024 * 1024


def mapped_bytes() -> int:
    """How much address space this process maps now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * resource.getpagesize()


def apply(limits: Sandbox) -> None:
    """Set the limits on this process for good.

    Raises:
        OSError: the system refused one; the process must not go on.
    """
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set(resource.RLIMIT_FSIZE, SCRATCH_FILE_BYTES)
    _set(resource.RLIMIT_NPROC, PROCESSES)
    _set(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + CPU_GRACE_SECONDS)
    mapped = mapped_bytes()
    if mapped:  # elsewhere (macOS) the limit is not enforced, and without the baseline it would be wrong
        _set(resource.RLIMIT_AS, mapped + limits.memory_bytes)
    with suppress(OSError):  # a hint only: when the machine runs out of memory, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _set(what: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; what an outer limit already forbids stays forbidden."""
    ceiling = resource.getrlimit(what)[1]
    wanted = soft if hard is None else hard
    top = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(what, (min(soft, top), top))


def describe() -> dict[str, int]:
    """The soft limits in force on this process, by name; -1 for none."""
    names = ("AS", "CPU", "FSIZE", "NOFILE", "CORE", "NPROC")
    return {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in names}


def environment() -> dict[str, str]:
    """All a child's environment holds: nothing of the service's own, and one thread for every library that has pools.

    A fork carries only the thread that forks, so a library that started others before would wait for them for ever.
    """
    return {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENCV_FOR_THREADS_NUM": "1",
        "MALLOC_ARENA_MAX": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
