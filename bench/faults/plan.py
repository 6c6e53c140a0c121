"""Which faults a run has, in which order, and how far apart: a function of its seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = (
    "kill-api",
    "kill-worker",
    "kill-sweeper",
    "kill-redis",
    "restart-postgres",
    "reset",
    "half-open",
    "slow",
    "disk-full",
    "clock",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """A fault to come."""

    number: int
    """Counts from 1."""
    kind: str
    pause: float
    """Seconds to wait before it."""
    choice: int
    """Decides whom it hits: an index into whatever there is, modulo its length."""
    seconds: float
    """How long it lasts, where it lasts."""


def plan(seed: int, count: int, *, pause: float) -> Iterator[Planned]:
    """`count` faults, about `pause` seconds apart; of any ten in a row from the first on each kind is one."""
    rng = random.Random(seed)
    kinds: list[str] = []
    for number in range(1, count + 1):
        if not kinds:
            kinds = rng.sample(KINDS, len(KINDS))
        yield Planned(
            number=number,
            kind=kinds.pop(),
            pause=rng.uniform(0.4, 1.6) * pause,
            choice=rng.randrange(1_000),
            seconds=rng.uniform(1.0, 4.0),
        )
