"""File names as they came from outside, made fit to be stored and shown. They are never used to open a file."""

import re
import unicodedata

MAX_BYTES = 255
UNNAMED = "unnamed"
_LONGEST_SUFFIX_BYTES = 20
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories: controls, format characters (bidi, zero-width), surrogates, private, unassigned, separators."""
_PARTS = re.compile(r"[/\\]+")


def clean_name(raw: str) -> str:
    """The last part of a path, in NFC, without invisible characters, at most 255 bytes of UTF-8; never empty.

    A long name loses the end of its stem and keeps its suffix. Cleaning a clean name changes nothing.
    """
    visible = "".join(character for character in raw if unicodedata.category(character) not in _INVISIBLE)
    parts = [part for part in _PARTS.split(unicodedata.normalize("NFC", visible)) if part.strip(" .\t")]
    name = " ".join(parts[-1].split()) if parts else ""
    return _shortened(name) or UNNAMED


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    ending = dot + suffix
    if not stem or len(ending.encode()) > _LONGEST_SUFFIX_BYTES:
        stem, ending = name, ""
    room = MAX_BYTES - len(ending.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip() + ending
