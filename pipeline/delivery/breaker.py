"""When a receiver that fails is left alone, so that it costs the others neither threads nor time.

Closed: deliveries go out. Open: none does, for a time that doubles with each failure. Half open: when that time is over
one delivery is tried; if it arrives the breaker closes. Nothing is dropped meanwhile, and no attempt is used up.
"""

from dataclasses import dataclass

from pipeline.delivery.outcome import Outcome

HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """Decides after each attempt at a receiver."""

    threshold: int = 5
    """Failures in a row that open it."""
    first_seconds: float = 30.0
    longest_seconds: float = 600.0
    give_up_seconds: float = 120 * HOUR
    """A receiver that has done nothing but fail for so long is given up."""

    def pause(self, failures: int, outcome: Outcome) -> float | None:
        """Seconds without deliveries after the last of so many failures in a row; `None`: none.

        A receiver that asks to be left alone (429 and 503 with `Retry-After`) is, for up to an hour.
        """
        asked = min(outcome.retry_after or 0.0, HOUR) if outcome.status in {429, 503} else 0.0
        if failures < self.threshold:
            return asked or None
        doubled = self.first_seconds * 2.0 ** min(failures - self.threshold, 20)
        return max(min(doubled, self.longest_seconds), asked)

    def gives_up(self, failures: int, failing_seconds: float) -> bool:
        """Whether the receiver is to be sent nothing any more until somebody says so."""
        return failures >= self.threshold and failing_seconds >= self.give_up_seconds
