"""Fences tell a document's text from our words, and no document can climb over them.

Two things are taken from text that is not ours: the tags we fence with, and what a chat template would read as the end
of a turn or as the place of an image. Both get a space after their first character, so that a person still reads what
stood there, and no tokenizer finds its special token.
"""

import re
from collections.abc import Iterable, Mapping

from pipeline.prompting.windows import PartForm

TAGS = (
    "page",
    "part",
    "document",
    "schema",
    "passage",
    "passages",
    "notes",
    "note",
    "errors",
    "question",
    "conversation",
)
"""What prompts fence with."""

_WORDS = "bos|eos|pad|unk|s|image|img|video|audio|start_of_turn|end_of_turn|start_of_image|end_of_image|fim_[a-z]+"
_ANGLED = re.compile(
    rf"<(?=[|｜]|/?(?:{_WORDS})\s*/?>|<\s*/?\s*sys\s*>>|/?(?:{'|'.join(TAGS)})\b)",
    re.IGNORECASE,
)
_BARRED = re.compile(r"([|｜])(?=>)")
_SQUARED = re.compile(r"\[(?=/?(?:INST|IMG|IMG_BREAK|IMG_END|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]+")


def neutral(text: str) -> str:
    """Text of a document, a user or a model, unable to act as ours; doing it twice changes nothing."""
    text = _CONTROLS.sub(" ", text)
    text = _ANGLED.sub("< ", text)
    return _SQUARED.sub("[ ", _BARRED.sub(r"\1 ", text))


def opening(form: PartForm) -> str:
    """The line before a part."""
    ocr = ' text="ocr"' if form.ocr and form.text else ""
    picture = ' picture="yes"' if form.canvas else ""
    excerpt = ' excerpt="yes"' if form.span else ""
    return f'<{form.kind} number="{form.number}"{ocr}{picture}{excerpt}>\n'


def closing(form: PartForm) -> str:
    """The line after a part."""
    return f"</{form.kind}>\n"


class Fenced(str):
    """Text between fences of ours; what is inside has been made harmless, and the tags are meant."""

    __slots__ = ()


def fenced(tag: str, items: Iterable[tuple[str, Mapping[str, str | int]]]) -> Fenced:
    """Texts that are not ours, each between tags with its attributes.

    Raises:
        ValueError: the tag is not one of `TAGS`, so nothing would keep a text from closing it.
    """
    if tag not in TAGS:
        raise ValueError(f"{tag!r} is not a fence")
    return Fenced("".join(_fenced(tag, text, attributes) for text, attributes in items).rstrip("\n"))


def _fenced(tag: str, text: str, attributes: Mapping[str, str | int]) -> str:
    said = "".join(f' {name}="{_attribute(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{said}>\n{neutral(text).strip()}\n</{tag}>\n"


def _attribute(value: str) -> str:
    return " ".join(neutral(value).replace('"', "'").replace(">", " ").split())
