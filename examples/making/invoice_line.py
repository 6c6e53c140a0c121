"""One line of an invoice, and the sums below the lines."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """A line item; prices net, per unit."""

    article: str
    description: str
    quantity: int
    unit: str
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """Net amount of the line."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What stands below the lines."""

    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """To pay."""
        return self.net + self.tax


def totals(lines: list[InvoiceLine], tax_percent: int) -> Totals:
    """Sums of the lines; tax rounded half up to the cent."""
    net = sum((line.amount for line in lines), Decimal(0))
    tax = (net * tax_percent / 100).quantize(CENT, rounding=ROUND_HALF_UP)
    return Totals(net=net, tax=tax)


def money(value: Decimal) -> str:
    """As printed: `1,234.50`."""
    return f"{value:,.2f}"


def parse_lines(table: str) -> list[InvoiceLine]:
    """One line item a line, its parts separated by `;`: article; description; quantity; unit; unit price."""
    lines = []
    for row in table.strip().splitlines():
        article, description, quantity, unit, price = (part.strip() for part in row.split(";"))
        lines.append(
            InvoiceLine(
                article=article, description=description, quantity=int(quantity), unit=unit, unit_price=Decimal(price)
            )
        )
    return lines
