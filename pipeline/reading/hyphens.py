"""Words that were parted at the end of a line."""

from collections.abc import Iterable
from functools import cached_property

_SOFT = "\u00ad"
_HYPHENS = frozenset({"-", "\u2010", _SOFT})


class Compounds:
    """The words that a page prints with a hyphen; looked for once, and only where a line ends with one."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = words

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(_bare(word) for word in self._words if not _HYPHENS.isdisjoint(word))

    def __contains__(self, word: str) -> bool:
        """Whether the page has the word, whatever its case and the punctuation around it."""
        return _bare(word) in self._known


def without_break(before: str, after: str, seen: Compounds) -> str | None:
    """How a word at the end of a line goes on in the next line: what stays of it; `None` where it does not go on.

    A hyphen between small letters was put there to part the word, unless the page has the word with it elsewhere, as
    in "self-locking"; `seen` are the page's compounds. Between figures and capitals it belongs to the text.
    """
    if len(before) < 2 or before[-1] not in _HYPHENS or not (before[-2].isalnum() and after[:1].isalnum()):
        return None
    parted = before[-2].islower() and after[0].islower()
    if before[-1] == _SOFT or (parted and before + after not in seen):
        return before[:-1]
    return before


def _bare(word: str) -> str:
    return word.strip(".,;:!?()[]{}\"'“”‘’«»").casefold()
