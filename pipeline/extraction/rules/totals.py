"""Totals that must agree: net and tax make the total, lines make the net, cash less change is what was paid.

Amounts are proposed for every concept of a bill, asked for or not, so that those that are not can speak for the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations, product

from pipeline.extraction.rules.hits import Hit, make_hit

TOLERANCE = Decimal("0.011")
"""Half-cent roundings of both summands."""
TOP = 8
"""Best candidates of a concept that are tried with one another."""
AGREES = 0.55
"""Share of the remaining doubt that a sum taking all parts from the page removes; weaker sums remove less."""
NOT_TOTAL = 0.4
"""Factor for a total that is the net of the strongest sum."""
PARTS = ("net_total", "tax_total", "total", "rounding", "shipping", "discount", "amount_paid", "change", "amount_due")

Amounts = dict[str, list[Hit]]
"""Candidates by concept."""


@dataclass(frozen=True)
class Sum:
    """An agreement: the hits that take part, and how telling it is (0 to 1)."""

    hits: tuple[tuple[str, Hit], ...]
    weight: float


def cross_check(amounts: Amounts, lines: Sequence[Decimal]) -> Amounts:
    """The candidates with their scores raised where they agree; `lines` are the amounts of the rows that were read.

    What is the net beside a tax is not the total as well, whatever its label may mean.
    """
    best = {concept: _distinct(hits)[:TOP] for concept, hits in amounts.items()}
    gain: dict[int, float] = {}
    strongest, net = 0.0, None
    for agreement in _agreements(best, lines):
        strength = agreement.weight * min((hit.score for _, hit in agreement.hits), default=0.0) ** 0.5
        for _, hit in agreement.hits:
            gain[id(hit)] = 1 - (1 - gain.get(id(hit), 0.0)) * (1 - strength)
        parts = dict(agreement.hits)
        if "tax_total" in parts and parts["tax_total"].value and strength > strongest:
            strongest, net = strength, parts["net_total"].value
    checked = {name: [_raised(hit, _gain_of(hit, best[name], gain)) for hit in hits] for name, hits in amounts.items()}
    checked["total"] = [_raised(hit, 0.0, NOT_TOTAL) if hit.value == net else hit for hit in checked["total"]]
    return checked


def _gain_of(hit: Hit, best: Sequence[Hit], gain: dict[int, float]) -> float:
    """A gain holds for every candidate of the same value."""
    return max((gain.get(id(each), 0.0) for each in best if each.value == hit.value), default=0.0)


def _raised(hit: Hit, gain: float, factor: float = 1.0) -> Hit:
    if gain <= 0 and factor == 1.0:
        return hit
    score = (hit.score + (1 - hit.score) * AGREES * gain) * factor
    source = f"{hit.source}+sum" if gain > 0 else hit.source
    return make_hit(hit.value, score / (0.5 + 0.5 * _doubt(hit)), source, hit.spans, hit.currency)


def _doubt(hit: Hit) -> float:
    return min(run.confidence for run, _, _ in hit.spans)


def _distinct(hits: Iterable[Hit]) -> list[Hit]:
    """The best candidate of each value, best first; zeros prove nothing about others but may be parts."""
    found: dict[Decimal, Hit] = {}
    for hit in sorted(hits, key=lambda each: -each.score):
        if isinstance(hit.value, Decimal | int):
            found.setdefault(Decimal(hit.value), hit)
    return list(found.values())


def _agreements(best: Amounts, lines: Sequence[Decimal]) -> Iterator[Sum]:
    yield from _net_and_tax(best)
    yield from _rounded(best)
    yield from _paid(best)
    yield from _lines(best, lines)
    for total, due in product(best.get("total", []), best.get("amount_due", [])):
        if total.value == due.value and total.value:
            yield Sum((("total", total), ("amount_due", due)), 0.6)


def _net_and_tax(best: Amounts) -> Iterator[Sum]:
    extras: list[tuple[str, Hit] | None] = [None]
    extras += [
        (name, hit) for name in ("rounding", "shipping", "discount") for hit in best.get(name, [])[:3] if hit.value
    ]
    for net, tax, total in product(best.get("net_total", []), best.get("tax_total", []), best.get("total", [])):
        if not total.value or not net.value:
            continue
        for extra in extras:
            rest = Decimal(total.value) - Decimal(net.value) - Decimal(tax.value)
            parts = (("net_total", net), ("tax_total", tax), ("total", total))
            if extra is None and abs(rest) <= TOLERANCE:
                yield Sum(parts, 0.85 if tax.value else 0.4)
            elif extra is not None and tax.value and abs(abs(rest) - abs(Decimal(extra[1].value))) < TOLERANCE / 2:
                yield Sum((*parts, extra), 0.9 if extra[0] == "rounding" else 0.6)


def _rounded(best: Amounts) -> Iterator[Sum]:
    """A total before rounding speaks for the one after it."""
    for before, after in permutations(best.get("total", []), 2):
        for rounding in best.get("rounding", []):
            same = Decimal(after.value) - Decimal(before.value) == Decimal(rounding.value)
            if rounding.value and same and after.spans[0][0].row > before.spans[0][0].row:
                yield Sum((("total", after), ("rounding", rounding)), 0.85)


def _paid(best: Amounts) -> Iterator[Sum]:
    """Till receipts: what was given less the change; without change, what was paid."""
    for total, paid in product(best.get("total", []), best.get("amount_paid", [])):
        if not total.value:
            continue
        for change in best.get("change", []):
            if abs(Decimal(paid.value) - Decimal(change.value) - Decimal(total.value)) <= TOLERANCE:
                yield Sum((("total", total), ("amount_paid", paid), ("change", change)), 0.95)
        if paid.value == total.value:
            yield Sum((("total", total), ("amount_paid", paid)), 0.5)


def _lines(best: Amounts, lines: Sequence[Decimal]) -> Iterator[Sum]:
    if not lines:
        return
    total = sum(lines, Decimal(0))
    for concept in ("net_total", "total"):
        for hit in best.get(concept, []):
            if concept == "total" and _goes_on(hit, best["total"]):
                continue
            if total and abs(Decimal(hit.value) - total) <= TOLERANCE * len(lines):
                yield Sum(((concept, hit),), 0.8 if len(lines) > 1 else 0.5)


def _goes_on(total: Hit, others: Sequence[Hit]) -> bool:
    """Whether further down a larger total stands: then this one is the sum of the lines, before what is added to it."""
    row = total.spans[0][0].row
    return any(total.value < other.value <= 2 * total.value and other.spans[0][0].row > row for other in others)


def disagree(chosen: Mapping[str, Decimal]) -> bool:
    """Whether net, tax and total cannot belong together, with or without what else is charged or taken off."""
    if not {"net_total", "tax_total", "total"} <= set(chosen):
        return False
    rest = chosen["total"] - chosen["net_total"] - chosen["tax_total"]
    extras = [chosen.get(name, Decimal(0)) for name in ("rounding", "shipping", "discount")]
    sums = {sign * extra for extra in extras for sign in (1, -1)} | {Decimal(0), sum(extras, Decimal(0))}
    return all(abs(rest - each) > TOLERANCE for each in sums)
