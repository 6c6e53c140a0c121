"""What came of one attempt to deliver."""

from dataclasses import dataclass

GONE = 410


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One attempt. Exactly one of `status` and `error` is filled where the receiver did not answer with 2xx."""

    status: int | None = None
    """The HTTP status; `None` where none came."""
    error: str | None = None
    """A short stable name of what went wrong before a status came."""
    retry_after: float | None = None
    """Seconds the receiver asks to be left alone."""
    seconds: float = 0.0
    """How long the attempt took."""

    @property
    def delivered(self) -> bool:
        """Only 2xx counts: a redirect is not followed and not a success."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver wants no more deliveries at this address."""
        return self.status == GONE
