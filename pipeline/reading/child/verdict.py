"""What a child's death means."""

import re
import signal
from dataclasses import dataclass

from pipeline.errors import ParserCrashed, ParserError, ParserOutOfMemory, ParserProtocolError, ParserTimeout
from pipeline.settings import Sandbox

_BAD_ALLOC = re.compile(rb"\bstd::bad_alloc\b")
"""What the C++ runtimes (libstdc++, libc++) print before they abort for want of memory; nothing else tells it apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A child that is gone."""

    code: int
    """Exit status, or minus the signal's number."""
    resident_bytes: int
    """The most memory it had resident, what it shared with the zygote included."""
    cpu_seconds: float

    @property
    def signal_name(self) -> str | None:
        """`SIGSEGV` and the like."""
        return signal.Signals(-self.code).name if -self.code in set(signal.Signals) else None


def verdict(ended: Ended, limits: Sandbox, last_words: bytes) -> ParserError:
    """The error of a child that ended without a whole answer."""
    if ended.code == 0:
        return ParserProtocolError("the child ended before its answer did")
    if _by_cpu_limit(ended, limits):
        message = f"reading the file took more than {limits.cpu_seconds} seconds of processor time"
        return ParserTimeout(message, limit="cpu", seconds=limits.cpu_seconds)
    if ended.code == -signal.SIGABRT and _BAD_ALLOC.search(last_words):
        return ParserOutOfMemory(limit="memory", limit_bytes=limits.memory_bytes)
    name = ended.signal_name
    if name is not None:
        return ParserCrashed(f"the parser was ended by {name}", signal=name)
    return ParserCrashed(f"the parser ended with exit status {ended.code}", exit_status=ended.code)


def _by_cpu_limit(ended: Ended, limits: Sandbox) -> bool:
    """SIGXCPU comes at the limit; SIGKILL a little later, to a program that caught it."""
    return ended.code == -signal.SIGXCPU or (ended.code == -signal.SIGKILL and ended.cpu_seconds >= limits.cpu_seconds)
