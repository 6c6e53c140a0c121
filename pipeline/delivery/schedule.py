"""When a delivery is tried again: ten attempts over 75 hours, as the Standard Webhooks specification proposes."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.delivery.outcome import Outcome

HOUR = 3600.0
DELAYS = (0.0, 5.0, 300.0, 0.5 * HOUR, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""Seconds before the first, second, … attempt. Further attempts wait as long as the last one."""

LONGEST_RETRY_AFTER = 24 * HOUR


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What to do after an attempt."""

    retry_in: float | None
    """Seconds until the next attempt; `None`: there is none."""
    disable: bool
    """Whether the endpoint is to be switched off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """Decides after each attempt. Jitter only ever adds time, so that the whole span is never shorter than promised."""

    max_attempts: int = len(DELAYS)
    jitter: float = 0.1
    """The largest part of a delay that is added to it."""
    random: Callable[[], float] = random.SystemRandom().random
    """Gives numbers from 0 to 1."""

    def decide(self, attempt: int, outcome: Outcome) -> Decision:
        """After the `attempt`-th attempt, counted from 1."""
        if outcome.delivered:
            return Decision(retry_in=None, disable=False)
        if outcome.gone or attempt >= self.max_attempts:
            return Decision(retry_in=None, disable=outcome.gone)
        delay = DELAYS[min(attempt, len(DELAYS) - 1)]
        asked = min(outcome.retry_after or 0.0, LONGEST_RETRY_AFTER)
        return Decision(retry_in=max(delay, asked) * (1 + self.jitter * self.random()), disable=False)
