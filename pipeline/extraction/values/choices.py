"""Values out of a closed list: yes and no, and the members of an enumeration."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from pipeline.extraction.values.folding import squeeze

_YES = frozenset(["yes", "y", "true", "ja", "oui", "si", "sí", "x", "✓", "✔", "☑", "☒", "checked", "paid"])
_NO = frozenset(["no", "n", "false", "nein", "non", "nee", "☐", "unchecked", "unpaid"])
SIMILAR = 90.0
"""Least similarity (rapidfuzz ratio) at which a text stands for a member of an enumeration."""


def read_boolean(text: str) -> bool | None:
    """What a word or a tick mark says; `None` where it says neither."""
    word = squeeze(text).strip(" .:;[]()")
    if word in _YES or text.strip() in _YES:
        return True
    if word in _NO or text.strip() in _NO:
        return False
    return None


def choose_member(text: str, members: Sequence[object]) -> object | None:
    """The member of an enumeration that the text stands for; `None` where none does.

    A member is met when it equals the text or begins it as whole words, else when it is the only one similar enough.
    """
    wanted = squeeze(text).strip(" .:;")
    texts = {squeeze(str(member).replace("_", " ")): member for member in members if member is not None}
    if wanted in texts:
        return texts[wanted]
    leading = [key for key in texts if key and wanted.startswith(key) and not wanted[len(key)].isalnum()]
    if leading:
        return texts[max(leading, key=len)]
    close = [key for key in texts if fuzz.ratio(wanted, key) >= SIMILAR]
    return texts[close[0]] if len(close) == 1 else None
