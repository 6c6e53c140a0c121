"""Which of the requests that wait goes to the model next. No clock, no threads: those are `Feeder`'s."""

from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

URGENT_SHARE = 8
"""Urgent requests may exceed the limit by an eighth of it, so that a person does not wait for a batch."""
KNOWN_PREFIXES = 1_024


@dataclass(slots=True, eq=False)
class Ticket:
    """A request that waits or runs."""

    owner: str
    """Whose it is: requests of one owner, a document say, take turns with those of others."""
    prefix: Hashable | None = None
    """What its prompt begins with; `None` where nothing is shared."""
    urgent: bool = False
    running: bool = False
    number: int = field(default=0, repr=False)


class Admission:
    """Lets at most `limit` requests run.

    Urgent ones first; then those whose owner has fewest running, so that a document of a thousand windows does not
    hold up the others; then those that came first. The first request with a prefix goes alone until its answer begins:
    the server then has the prefix in its cache, and everyone after finds it there.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._waiting: list[Ticket] = []
        self._running: Counter[str] = Counter()
        self._count = 0
        self._leading: dict[Hashable, Ticket] = {}
        self._known: OrderedDict[Hashable, None] = OrderedDict()
        self._numbers = 0

    @property
    def running(self) -> int:
        """How many requests run."""
        return self._count

    def ask(self, ticket: Ticket) -> None:
        """A request waits from now on."""
        self._numbers += 1
        ticket.number = self._numbers
        self._waiting.append(ticket)

    def admit(self) -> list[Ticket]:
        """The requests that may go now; they count as running."""
        admitted = []
        while (ticket := self._next()) is not None:
            self._waiting.remove(ticket)
            self._start(ticket)
            admitted.append(ticket)
        return admitted

    def begun(self, ticket: Ticket) -> None:
        """Its answer has begun: the server has read the prompt."""
        if ticket.prefix is not None and ticket.running:
            self._leading.pop(ticket.prefix, None)
            self._known[ticket.prefix] = None
            self._known.move_to_end(ticket.prefix)
            while len(self._known) > KNOWN_PREFIXES:
                self._known.popitem(last=False)

    def alone(self, ticket: Ticket) -> None:
        """It waits no longer for another one to lead the way."""
        ticket.prefix = None

    def end(self, ticket: Ticket) -> None:
        """It has ended, or does not want to run any more."""
        if not ticket.running:
            self._waiting.remove(ticket)
            return
        ticket.running = False
        self._count -= 1
        self._running[ticket.owner] -= 1
        if not self._running[ticket.owner]:
            del self._running[ticket.owner]
        if ticket.prefix is not None and self._leading.get(ticket.prefix) is ticket:
            del self._leading[ticket.prefix]

    def _next(self) -> Ticket | None:
        able = [ticket for ticket in self._waiting if self._may_go(ticket)]
        return min(able, key=lambda each: (not each.urgent, self._running[each.owner], each.number), default=None)

    def _may_go(self, ticket: Ticket) -> bool:
        more = -(-self._limit // URGENT_SHARE) if ticket.urgent else 0
        if self._count >= self._limit + more:
            return False
        return ticket.urgent or ticket.prefix is None or ticket.prefix not in self._leading

    def _start(self, ticket: Ticket) -> None:
        ticket.running = True
        self._count += 1
        self._running[ticket.owner] += 1
        if ticket.prefix is not None and ticket.prefix not in self._known:
            self._leading.setdefault(ticket.prefix, ticket)
