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

    A store that is away is waited for about a day, and a model server that could not even be reached about an hour,
    since nothing is wrong with the document. A model server that broke down over the work is not: it would be brought
    down again.
    """

    max_attempts: int
    base_seconds: float = 1.0
    cap_seconds: float = 60.0
    patient_attempts: int = 2_000
    """How often a store that is away is asked again."""
    model_attempts: int = 80
    """How often a model server that is away or has no room is asked again; loading large weights takes minutes."""
    random: Callable[[], float] = random

    def after(self, failure: Failure, *, attempt: int, failures: int) -> Decision:
        """What to do after a stage's `attempt` ended in `failure`, with so many failed attempts at its work before.

        Waiting is no attempt at the work: it grows the pause, and never uses up the attempts.
        """
        return self.decide(failure, attempts=attempt if failure.waits else failures + 1)

    def decide(self, failure: Failure, *, attempts: int) -> Decision:
        """What to do after the `attempts`-th attempt (counted from 1) ended in `failure`."""
        if not failure.retryable or attempts >= self._limit(failure):
            return Decision(retry_in=None)
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempts - 1, 30))
        # Half of the span is fixed, so that a crashing parser is never retried at once.
        return Decision(retry_in=ceiling / 2 + self.random() * ceiling / 2)

    def _limit(self, failure: Failure) -> int:
        if not failure.waits:
            return self.max_attempts
        return self.patient_attempts if failure.category == "store" else max(self.model_attempts, self.max_attempts)
