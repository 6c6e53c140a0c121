"""Where labels stand in a layout. At every place the longest label wins: "due date" is not a "date"."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipeline.extraction.layout.runs import Layout, Run
from pipeline.extraction.rules.lexicon import Words
from pipeline.extraction.rules.tokens import Token, tokenize
from schemas.evidence import Box

SHORTEST_FUZZY = 5
"""Characters below which a misread word is not taken for a label's word."""
EACH_ROWS = 2_000
"""Rows after which progress is told."""
SURE = 0.97
"""OCR confidence from which on words are taken as they are."""


@dataclass(frozen=True, eq=False)
class Occurrence:
    """A label at the characters `start` to `end` of a run; `owners` are the concepts and properties it may mean."""

    owners: frozenset[str]
    run: Run
    start: int
    end: int
    words: int
    weak: frozenset[str] = frozenset()
    """Those of the owners for which the label counts only with an unmistakable value behind it."""

    @cached_property
    def box(self) -> Box:
        """Around the label's words."""
        return self.run.box_of(self.start, self.end)

    @property
    def before(self) -> str:
        """What stands before it in its run."""
        return self.run.text[: self.start].strip()

    @property
    def after(self) -> str:
        """What stands behind it in its run."""
        return self.run.text[self.end :].strip()

    @property
    def colon(self) -> bool:
        """Whether a colon follows, perhaps behind a remark in parentheses."""
        rest = self.after
        if rest.startswith("(") and ")" in rest:
            rest = rest[rest.index(")") + 1 :].lstrip()
        return rest.startswith((":", "=", ".:"))

    @property
    def leads(self) -> bool:
        """Whether it begins its run or a part of it."""
        before = self.before
        if before.startswith(":"):
            return False
        return not any(char.isalpha() for char in before) or before[-1] in ":;|/,-–•·*"


@dataclass
class LabelBook:
    """All labels with their owners."""

    _owners: dict[Words, set[str]] = field(default_factory=dict)
    _weak: dict[Words, set[str]] = field(default_factory=dict)
    _longest: dict[str, int] = field(default_factory=dict)

    def add(self, owner: str, labels: Iterable[Words], *, weak: bool = False) -> None:
        """Let labels mean an owner. What OCR runs together ("InvoiceNo") is known as well."""
        for words in labels:
            if not words:
                continue
            for form in {words, ("".join(words),)}:
                (self._weak if weak else self._owners).setdefault(form, set()).add(owner)
                self._longest[form[0]] = max(self._longest.get(form[0], 0), len(form))

    def owners(self, words: Words) -> set[str]:
        """Whose label these words are, taken together."""
        return self._owners.get(words, set())

    @cached_property
    def vocabulary(self) -> list[str]:
        """The words of all labels that are long enough to be recognised when misread."""
        words = {word for form in [*self._owners, *self._weak] for word in form}
        return sorted(word for word in words if len(word) >= SHORTEST_FUZZY)

    def find(self, run: Run, corrections: dict[str, str]) -> Iterator[Occurrence]:
        """The labels of one run from left to right."""
        tokens = [Token(corrections.get(token.key, token.key), token.start, token.end) for token in tokenize(run.text)]
        index = 0
        while index < len(tokens):
            found = self._longest_at(tokens, index)
            if found is None:
                index += 1
                continue
            words, owners, weak = found
            last = tokens[index + words - 1]
            yield Occurrence(
                frozenset(owners | weak), run, tokens[index].start, last.end, words, frozenset(weak - owners)
            )
            index += words

    def _longest_at(self, tokens: list[Token], index: int) -> tuple[int, set[str], set[str]] | None:
        most = min(self._longest.get(tokens[index].key, 0), len(tokens) - index)
        for count in range(most, 0, -1):
            words = tuple(token.key for token in tokens[index : index + count])
            owners, weak = self._owners.get(words, set()), self._weak.get(words, set())
            if owners or weak:
                return count, owners, weak
        return None


class LabelIndex:
    """The labels of a layout, by owner and by run."""

    def __init__(self, layout: Layout, book: LabelBook, progress: Callable[[float], None] | None = None) -> None:
        corrections = _corrections(layout, book)
        self.by_owner: dict[str, list[Occurrence]] = {}
        self._by_run: dict[Run, list[Occurrence]] = {}
        for row in layout.rows:
            if progress is not None and row.index % EACH_ROWS == 0:
                progress(row.index / len(layout.rows))
            for run in row.runs:
                for occurrence in book.find(run, corrections):
                    self._by_run.setdefault(run, []).append(occurrence)
                    for owner in occurrence.owners:
                        self.by_owner.setdefault(owner, []).append(occurrence)

    def of(self, owners: Iterable[str]) -> list[Occurrence]:
        """Occurrences of any of the owners, each once."""
        found = {id(each): each for owner in owners for each in self.by_owner.get(owner, ())}
        return list(found.values())

    def in_run(self, run: Run) -> list[Occurrence]:
        """The labels of a run from left to right."""
        return self._by_run.get(run, [])

    def is_label(self, run: Run) -> bool:
        """Whether a run is a label and nothing more: "Due date:", "Total (EUR)"."""
        for occurrence in self.in_run(run):
            if not occurrence.weak and occurrence.leads:
                rest = occurrence.after.split(")", 1)[-1] if occurrence.after.startswith("(") else occurrence.after
                return not any(char.isalnum() for char in rest)
        return False


def _corrections(layout: Layout, book: LabelBook) -> dict[str, str]:
    """Words that OCR was unsure of → the one label's word they are a slip away from."""
    doubtful = {
        token.key
        for row in layout.rows
        for run in row.runs
        if run.confidence < SURE
        for token in tokenize(run.text)
        if len(token.key) >= SHORTEST_FUZZY and token.key.isalpha()
    }
    known = set(book.vocabulary)
    corrections = {}
    for word in sorted(doubtful - known):
        slips = 1 if len(word) < 9 else 2
        match = process.extractOne(word, book.vocabulary, scorer=OSA.distance, score_cutoff=slips)
        if match is not None:
            corrections[word] = match[0]
    return corrections
