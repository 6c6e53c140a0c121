"""What a model says in words of its own, without markup."""

import re

_MARKUP = re.compile(
    r"!?\[([^\]\n]*)\]\([^)\n]*\)|<[^>\n]{1,200}>|^\s*(?:[#>*\-]+\s+)+|\*\*|__|`",  # a minus before a digit is none
    re.MULTILINE,
)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
"""Controls, and what turns the direction of writing: they show a figure otherwise than it was checked."""
_MARK = re.compile(r"\[\s*(\d{1,3})\s*\]")


def plain(text: str) -> str:
    """Without markup of any kind: nothing in an answer is to be rendered, loaded or followed, nor cites by itself."""
    line = " ".join(_MARKUP.sub(lambda match: match.group(1) or "", _UNSEEN.sub("", text)).replace("<", "‹").split())
    # What was split over lines, or nested, is a link or a mark only now.
    return _MARK.sub(r"(\1)", line.replace("](", "] ("))
