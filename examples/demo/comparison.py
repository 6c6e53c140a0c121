"""Compares what came out with what the documents say."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A value that is not as it should be."""

    document: str
    where: str
    """A JSON Pointer, or what was checked."""
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Checker:
    """Makes the differences of one document."""

    document: str

    def equal(self, where: str, expected: object, found: object) -> Iterator[Difference]:
        """One difference unless both are equal."""
        if not _same(expected, found):
            yield self.wrong(where, expected, found)

    def wrong(self, where: str, expected: object, found: object) -> Difference:
        """A difference."""
        return Difference(document=self.document, where=where, expected=_shown(expected), found=_shown(found))

    def tree(self, expected: Any, found: Any, where: str = "") -> Iterator[Difference]:  # noqa: ANN401 - JSON
        """Every leaf that differs, with its JSON Pointer; what is missing on either side counts as `null`."""
        if isinstance(expected, dict) or isinstance(found, dict):
            ours, theirs = expected or {}, found or {}
            for name in [*ours, *(name for name in theirs if name not in ours)]:
                yield from self.tree(ours.get(name), theirs.get(name), f"{where}/{name}")
        elif isinstance(expected, list) or isinstance(found, list):
            ours, theirs = expected or [], found or []
            yield from self.equal(f"{where} (rows)", len(ours), len(theirs))
            for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
                yield from self.tree(one, other, f"{where}/{index}")
        else:
            yield from self.equal(where, expected, found)


def _same(expected: object, found: object) -> bool:
    if isinstance(expected, Decimal) and isinstance(found, int | Decimal):
        return expected == Decimal(found)
    return expected == found


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
