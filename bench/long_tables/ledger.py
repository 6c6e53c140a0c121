"""A ledger whose every row is known: rows that repeat, long descriptions, subtotals in between."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

NUMBER = "LG-2026-118"
HOLDER = "Harbour Street Chandlery Ltd"
SUBTOTAL_EVERY = 40
REPEATED = 0.04
"""Share of rows that say word for word what the row above them says."""
LONG = 0.12
"""Share of rows whose description takes several lines."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Ledger",
    "properties": {
        "ledger_number": {"type": ["string", "null"], "x-sheaf-labels": ["Ledger number"], "x-sheaf-type": "id"},
        "holder": {"type": ["string", "null"], "x-sheaf-labels": ["Account holder"], "x-sheaf-type": "company"},
        "lines": {
            "type": "array",
            "description": "Every posting of the ledger, in order",
            "items": {
                "type": "object",
                "properties": {
                    "date": {"type": "string", "format": "date", "x-sheaf-labels": ["Date"]},
                    "reference": {"type": "string", "x-sheaf-type": "id", "x-sheaf-labels": ["Reference"]},
                    "description": {"type": "string", "x-sheaf-labels": ["Description"]},
                    "quantity": {"type": ["integer", "null"], "x-sheaf-labels": ["Quantity"]},
                    "amount": {"type": "number", "x-sheaf-type": "money", "x-sheaf-labels": ["Amount"]},
                },
                "required": ["date", "reference", "description", "amount"],
            },
        },
    },
    "required": ["lines"],
}
_GOODS = (
    "Rope, braided polyester 12 mm", "Shackle, stainless, bow form", "Deck paint, light grey", "Fender, cylindrical",
    "Bilge pump, 12 V", "Navigation lamp, port", "Navigation lamp, starboard", "Anchor chain, galvanised, 8 mm",
    "Life jacket, 150 N", "Flare set, coastal", "Teak oil", "Antifouling, navy blue", "Sail tape, white",
    "Engine oil 15W-40", "Impeller for raw water pump", "Boat hook, telescopic",
)  # fmt: skip
_MORE = (
    "delivered to the workshop at the north quay", "with certificate of origin and test report",
    "replaces the article that is no longer made", "as agreed with the harbour master on the telephone",
    "partial delivery, the rest follows with the next boat",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """One row."""

    date: date
    reference: str
    description: str
    quantity: int
    amount: Decimal

    @property
    def data(self) -> dict[str, Any]:
        """As the schema asks for it."""
        return {
            "date": self.date.isoformat(),
            "reference": self.reference,
            "description": self.description,
            "quantity": self.quantity,
            "amount": self.amount,
        }


def make_ledger(rows: int, seed: int = 7) -> list[Posting]:
    """So many rows; the same for the same seed."""
    random_ = random.Random(seed)
    made: list[Posting] = []
    day = date(2024, 1, 2)
    for number in range(rows):
        if made and random_.random() < REPEATED:
            made.append(made[-1])
            continue
        day += timedelta(days=random_.random() < 0.1)
        words = [random_.choice(_GOODS)]
        if random_.random() < LONG:
            words += random_.sample(_MORE, random_.choice((1, 2)))
        made.append(
            Posting(
                date=day,
                reference=f"{random_.choice('ABCDE')}{random_.randrange(1000, 9999)}-{number % 97:02d}",
                description=", ".join(words),
                quantity=random_.randint(1, 60),
                amount=Decimal(random_.randint(-40_000, 900_000)).scaleb(-2),
            )
        )
    return made
