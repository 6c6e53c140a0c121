"""Words that were parted at the end of a line."""

from collections.abc import Collection

_SOFT = "\u00ad"
_HYPHENS = frozenset({"-", "\u2010", _SOFT})


def without_break(before: str, after: str, seen: Collection[str]) -> str | None:
    """How a word at the end of a line goes on in the next line: what stays of it; `None` where it does not go on.

    A hyphen between small letters was put there to part the word, unless the page has the word with it elsewhere, as
    in "self-locking"; `seen` are the page's words. Between figures and capitals it belongs to the text.
    """
    if len(before) < 2 or before[-1] not in _HYPHENS or not (before[-2].isalnum() and after[:1].isalnum()):
        return None
    parted = before[-2].islower() and after[0].islower()
    if before[-1] == _SOFT or (parted and not _stands_elsewhere(before + after, seen)):
        return before[:-1]
    return before


def _stands_elsewhere(word: str, seen: Collection[str]) -> bool:
    bare = _bare(word)
    return any(bare == _bare(other) for other in seen if len(other) >= len(bare))


def _bare(word: str) -> str:
    return word.strip(".,;:!?()[]{}\"'“”‘’«»").casefold()
