"""When a process that crashed is started again, and when it is not."""

from collections.abc import Callable
from dataclasses import dataclass
from random import random


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartPolicy:
    """Exponential back-off with jitter, and an end to it: what cannot stay up is a matter for a person.

    The defaults are for an engine that takes minutes to start.
    """

    base_seconds: float = 2.0
    cap_seconds: float = 60.0
    max_crashes: int = 5
    """In a row."""
    stable_seconds: float = 600.0
    """What was up for so long begins a new row."""
    random: Callable[[], float] = random

    def pause(self, crashes: int) -> float | None:
        """Seconds before the start after so many crashes in a row; `None`: no more starts."""
        if crashes >= self.max_crashes:
            return None
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** (crashes - 1))
        return ceiling / 2 + self.random() * ceiling / 2
