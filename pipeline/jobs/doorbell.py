"""The port `Doorbell`."""

from typing import Literal, Protocol

Queue = Literal["read", "infer", "index", "deliver"]
QUEUES: tuple[Queue, ...] = ("read", "infer", "index", "deliver")


class Doorbell(Protocol):
    """Says that a queue has work; says nothing about which.

    A ring may be lost or doubled: the sweeper rings again for what the outbox still holds, and a worker that finds
    nothing goes back to sleep.
    """

    def ring(self, queue: Queue) -> bool:
        """Ring without waiting; false while the broker is known to be away. Never raises for a broker that is down."""
