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

    A store that is away is waited for without end, since nothing is wrong with the document.
    """

    max_attempts: int
    base_seconds: float = 1.0
    cap_seconds: float = 60.0
    random: Callable[[], float] = random

    def decide(self, failure: Failure, *, attempts: int) -> Decision:
        """What to do after the `attempts`-th attempt (counted from 1) ended in `failure`."""
        patient = failure.category == "store" and failure.retryable
        if not failure.retryable or (attempts >= self.max_attempts and not patient):
            return Decision(retry_in=None)
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempts - 1, 30))
        # Half of the span is fixed, so that a crashing parser is never retried at once.
        return Decision(retry_in=ceiling / 2 + self.random() * ceiling / 2)
