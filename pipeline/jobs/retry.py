"""The one retry policy for stages: a failure and how often it was tried give a decision."""

from collections.abc import Callable
from dataclasses import dataclass
from random import random

from pipeline.jobs.failures import Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Try again after `retry_in` seconds, or give up where it is `None`."""

    retry_in: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """Exponential back-off with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).

    A store that is away is waited for about a day, since nothing is wrong with the document.
    """

    max_attempts: int
    base_seconds: float = 1.0
    cap_seconds: float = 60.0
    patient_attempts: int = 2_000
    """How often a store that is away is asked again."""
    random: Callable[[], float] = random

    def decide(self, failure: Failure, *, attempts: int) -> Decision:
        """What to do after the `attempts`-th attempt (counted from 1) ended in `failure`."""
        limit = self.patient_attempts if failure.category == "store" else self.max_attempts
        if not failure.retryable or attempts >= limit:
            return Decision(retry_in=None)
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempts - 1, 30))
        # Half of the span is fixed, so that a crashing parser is never retried at once.
        return Decision(retry_in=ceiling / 2 + self.random() * ceiling / 2)
