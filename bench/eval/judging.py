"""Which of the values that were given are right, by the scorer's rules, with their confidence and their evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.extraction import Extraction, FieldValue

ROWS = "*"
EXTRA = frozenset({"line_count", "revenues.amount", "revenues.full"})
"""Figures of the scorer that are no values."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """One value as the scorer counts them: a leaf, or a row of leaves."""

    set_name: str
    name: str
    pointers: tuple[str, ...]
    leaves: tuple[FieldValue, ...]
    right: bool

    @property
    def confidence(self) -> float:
        """Of its least sure leaf."""
        return min(leaf.confidence for leaf in self.leaves)


def judged(
    set_name: str,
    label: Mapping[str, Any],
    extraction: Extraction,
    patterns: Mapping[str, str],
    scorer: Any,  # noqa: ANN401 - the module `score_fields`
) -> Iterator[Given]:
    """The given values that the label speaks of.

    `patterns` are pointers by the scorer's names, with `*` for each row of an array; a pattern that ends with `*` is a
    row as a whole. Where several values are true, each of them makes one value right.
    """
    if label["file"] in scorer.MISLABELLED:
        return
    truths = scorer.TRUTH[set_name](label["pairs"] if "pairs" in label else label["fields"])
    asked = label.get("keys_asked")
    for name, (kind, true) in truths.items():
        pattern = patterns.get(name)
        if pattern is None or name in EXTRA or (asked is not None and not true and name not in asked):
            continue
        left = list(true)
        for pointers, value in _values(extraction, pattern):
            met = next((each for each in left if scorer.SAME[kind](each, value)), None)
            if met is not None:
                left.remove(met)
            leaves = tuple(extraction.fields[pointer] for pointer in pointers)
            yield Given(set_name=set_name, name=name, pointers=pointers, leaves=leaves, right=met is not None)


def _values(extraction: Extraction, pattern: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Pointers of the leaves of each value that a pattern names, and the value as the scorer wants it."""
    head, star, tail = pattern.partition(f"/{ROWS}")
    if not star:
        if _given(extraction, pattern):
            yield (pattern,), extraction.fields[pattern].value
        return
    rows = (extraction.data or {}).get(head[1:]) or []
    for number, row in enumerate(rows):
        if tail:
            pointer = f"{head}/{number}{tail}"
            if _given(extraction, pointer):
                yield (pointer,), extraction.fields[pointer].value
            continue
        if not isinstance(row, dict):
            if _given(extraction, f"{head}/{number}"):
                yield (f"{head}/{number}",), row
            continue
        pointers = tuple(each for each in (f"{head}/{number}/{key}" for key in row) if _given(extraction, each))
        if {"key", "value"} <= row.keys():
            if row["value"]:
                yield pointers, (str(row["key"]), str(row["value"]))
        elif pointers:
            yield pointers, row


def _given(extraction: Extraction, pointer: str) -> bool:
    return pointer in extraction.fields and extraction.fields[pointer].value not in (None, "")
