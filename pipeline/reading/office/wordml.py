"""What stands in WordprocessingML (ECMA-376 part 1, section 17).

Told without the library's help, which leaves out insertions, content controls and text boxes.
"""

from collections.abc import Iterator
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

PARAGRAPH, TABLE, ROW, CELL = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc"
TEXT_BOX = f"{W}txbxContent"
_TRANSPARENT = {f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
_LEFT_OUT = {f"{W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "instrText", "delText")} | {f"{_MC}Fallback"}
_TEXTS = {f"{W}t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"}
_WRITTEN = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}ptab": "\t",
}


def children(parent: Any, *tags: str) -> Iterator[Any]:  # noqa: ANN401 - lxml has no type information
    """Those children, looking through content controls and insertions."""
    stack = [iter(parent)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in tags:
            yield element
        elif element.tag in _TRANSPARENT:
            stack.append(iter(element))


def text_of(paragraph: Any) -> str:  # noqa: ANN401 - lxml has no type information
    """The text as it is with all changes accepted; hidden text and text boxes are left out."""
    pieces: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in _TEXTS:
            pieces.append(element.text or "")
        elif element.tag in _WRITTEN:
            pieces.append(_WRITTEN[element.tag])
        elif element.tag not in _LEFT_OUT and element.tag != TEXT_BOX and not _is_hidden(element):
            stack.append(iter(element))
    return "".join(pieces)


def descendants(parent: Any, tag: str, *, nested: bool) -> Iterator[Any]:  # noqa: ANN401 - lxml has no type information
    """All elements of that tag below `parent`, but in what was deleted; `nested`: also those inside one another."""
    stack = [iter(parent)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag == tag:
            yield element
            if nested:
                stack.append(iter(element))
        elif element.tag not in _LEFT_OUT:
            stack.append(iter(element))


def setting(element: Any, *path: str) -> str | None:  # noqa: ANN401 - lxml has no type information
    """The `w:val` of a nested property: `None` without it, empty where it has no value."""
    for name in path:
        element = element.find(f"{W}{name}")
        if element is None:
            return None
    value = element.get(f"{W}val")
    return "" if value is None else str(value)


def is_on(value: str | None) -> bool:
    """Whether an on-off property (section 17.17.4) is set."""
    return value is not None and value not in {"0", "false", "off"}


def number(value: str | None) -> int | None:
    """A whole number in an attribute."""
    return int(value) if value is not None and value.lstrip("-").isdecimal() and len(value) < 10 else None


def _is_hidden(run: Any) -> bool:  # noqa: ANN401 - lxml has no type information
    return run.tag == f"{W}r" and is_on(setting(run, "rPr", "vanish"))
