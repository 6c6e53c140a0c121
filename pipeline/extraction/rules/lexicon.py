"""Concepts that many documents share, and what properties and labels name them in six languages.

The data lies in `lexicon/*.json`: concept → kind, scope, names of properties, labels by language, weak labels.
`{seller}` in a name stands for each word of that role.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pipeline.extraction.leaves import ROW
from pipeline.extraction.pointers import Path
from pipeline.extraction.rules.tokens import keys, words_of_name

Words = tuple[str, ...]
Scope = Literal["field", "column", "array", "section", "series"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Concept:
    """Something documents say, whatever they call it."""

    name: str
    kind: str
    """What its values look like; see `x-sheaf-type`. `section` for headings of parts."""
    scope: Scope
    """Whether it is a property of a document, a column of a table, an array, a part such as a party's block, or a
    line of a statement."""
    labels: tuple[Words, ...]
    """In the order of the data; of a line of a statement the likeliest first."""
    weak: frozenset[Words]
    """Labels that count only with a value of an unmistakable form right behind them."""


class Lexicon:
    """All concepts, found by name or by the path of a property."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._roles: dict[str, list[str]] = data.get("$roles", {})
        self.concepts: dict[str, Concept] = {}
        self._by_words: dict[tuple[Scope, Words], str] = {}
        for name, entry in data.items():
            if not name.startswith("$"):
                self._add(name, entry)

    def _add(self, name: str, entry: dict[str, Any]) -> None:
        scope: Scope = entry.get("scope", "field")
        labels = (keys(label) for group in entry["labels"].values() for label in group)
        weak = (keys(label) for label in entry.get("weak", []))
        self.concepts[name] = Concept(
            name=name, kind=entry["kind"], scope=scope, labels=tuple(dict.fromkeys(labels)), weak=frozenset(weak)
        )
        for pattern in [name.replace("_", " "), *entry["names"]]:
            for text in self._expand(pattern):
                self._by_words.setdefault((scope, keys(text)), name)

    def _expand(self, pattern: str) -> Iterator[str]:
        for role, words in self._roles.items():
            if f"{{{role}}}" in pattern:
                yield from (pattern.replace(f"{{{role}}}", word) for word in words)
                return
        yield pattern

    def concept_of(self, path: Path, *scopes: Scope) -> Concept | None:
        """The concept that a property means: by its whole path first, then by less and less of its beginning."""
        steps = [words_of_name(str(step)) for step in path if step != ROW]
        for first in range(len(steps)):
            words = tuple(word for step in steps[first:] for word in step)
            for scope in scopes:
                for form in (words, _singular(words)):
                    name = self._by_words.get((scope, form))
                    if name is not None:
                        return self.concepts[name]
        return None


def _singular(words: Words) -> Words:
    return (*words[:-1], words[-1].removesuffix("s")) if words else words


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon of the package, read once."""
    data: dict[str, Any] = {}
    folder = files("pipeline.extraction.rules").joinpath("lexicon")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".json"):
            data |= json.loads(file.read_text(encoding="utf-8"))
    return Lexicon(data)
