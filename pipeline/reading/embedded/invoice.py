"""An invoice as XML → its values by name: Factur-X, ZUGFeRD, XRechnung (CII D16B), ZUGFeRD 1.0, and UBL 2.1.

`syntaxes.json` says where each business term of EN 16931 stands in each syntax, after its syntax bindings
(CEN/TS 16931-3-2 and 3-3). What a profile leaves out is simply not there.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

from lxml import etree

from pipeline.reading.embedded.markup import local_name, namespace
from pipeline.reading.text.builder import one_line
from schemas.embedded import EmbeddedData, EmbeddedValue, Standard

MAX_LINES = 10_000
MAX_OF_A_KIND = 20
"""Values of one term, such as dates of instalments."""
MAX_CHARACTERS = 4_000
_NUMBER = re.compile(r"[+-]?(?:\d{1,27}(?:\.\d{0,12})?|\.\d{1,12})")
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:Z|[+-]\d\d:\d\d|T.*)?")
_ADDRESS = ("street", "street_2", "street_3")


@dataclass(frozen=True, kw_only=True)
class Syntax:
    """Where terms stand in documents of one syntax; XPaths are compiled."""

    standard: Standard
    roots: tuple[tuple[str, str], ...]
    """Namespace and local name of the root elements."""
    prefixes: Mapping[str, str]
    """Namespace → its usual prefix, which evidence is written with."""
    profile: Any
    document: Mapping[str, Any]
    rows: Any
    line: Mapping[str, Any]


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = files("pipeline.reading.embedded").joinpath("syntaxes.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@lru_cache(maxsize=1)
def syntaxes() -> tuple[Syntax, ...]:
    """All that are read."""
    return tuple(_syntax(name, entry) for name, entry in _table()["syntaxes"].items())


def _syntax(name: Standard, entry: Mapping[str, Any]) -> Syntax:
    names: dict[str, str] = entry["namespaces"]

    def compiled(path: str) -> Any:  # noqa: ANN401 - lxml has no type information
        return etree.XPath(path, namespaces=names)

    roots = (each.split(":") for each in entry["roots"])
    return Syntax(
        standard=name,
        roots=tuple((names[prefix], local) for prefix, local in roots),
        prefixes={uri: prefix for prefix, uri in names.items()},
        profile=compiled(entry["profile"]),
        document={term: compiled(path) for term, path in entry["document"].items()},
        rows=compiled(entry["rows"]),
        line={term: compiled(path) for term, path in entry["line"].items()},
    )


def syntax_of(root: Any) -> Syntax | None:  # noqa: ANN401 - lxml has no type information
    """The syntax of an invoice by its root element; `None` where it is none."""
    wanted = (namespace(root), local_name(root))
    return next((syntax for syntax in syntaxes() if wanted in syntax.roots), None)


def read_invoice(root: Any, source: str) -> EmbeddedData | None:  # noqa: ANN401 - lxml has no type information
    """The values of an invoice; `None` where the tree is none of a known syntax. `source` is the file's name."""
    syntax = syntax_of(root)
    if syntax is None:
        return None
    profile = next((one_line(each.text or "")[:200] for each in syntax.profile(root)), None)
    top = f"/{_step(root, syntax)}"
    values = list(_values(syntax, syntax.document, root, top, None))
    values += _addresses(values)
    for number, (line, place) in enumerate(_lines(root, syntax)):
        values += _values(syntax, syntax.line, line, top + place, number)
    return EmbeddedData(source=source, standard=syntax.standard, profile=profile or None, values=values)


def _values(
    syntax: Syntax,
    terms: Mapping[str, Any],
    base: Any,  # noqa: ANN401
    top: str,
    row: int | None,
) -> Iterator[EmbeddedValue]:
    for name, path in terms.items():
        for found in path(base)[:MAX_OF_A_KIND]:
            is_attribute = isinstance(found, str)
            quote = one_line(str(found) if is_attribute else (found.text or ""))[:MAX_CHARACTERS]
            value = _normal(name, quote)
            if value:
                element = found.getparent() if is_attribute else found
                where = top + _below(element, base, syntax) + (f"/@{found.attrname}" if is_attribute else "")
                yield EmbeddedValue(name=name, value=value, path=where, quote=quote, row=row)


def _normal(name: str, text: str) -> str | None:
    """The value in its usual form; `None` where it is not of the form that its term has."""
    if name in _table()["dates"]:
        return _day(text)
    if name in _table()["numbers"]:
        return text.removeprefix("+") if _NUMBER.fullmatch(text) else None
    return text or None


def _day(text: str) -> str | None:
    """Format 102 of UN/CEFACT (`CCYYMMDD`), or an `xsd:date`."""
    found = _DATE.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())).isoformat() if found else None
    except ValueError:
        return None


def _addresses(values: list[EmbeddedValue]) -> Iterator[EmbeddedValue]:
    """Addresses on one line, as invoices print them, put together from their parts."""
    for role in ("seller", "buyer"):
        parts = {each.name.removeprefix(f"{role}_"): each for each in values if each.name.startswith(f"{role}_")}
        town = " ".join(parts[part].value for part in ("zip", "city") if part in parts)
        lines = [*(parts[part].value for part in _ADDRESS if part in parts), *([town] if town else [])]
        first = next((parts[part] for part in (*_ADDRESS, "zip", "city") if part in parts), None)
        if first is not None and town:
            path = first.path.rpartition("/")[0]
            text = ", ".join(lines)
            yield EmbeddedValue(name=f"{role}_address", value=text, path=path, quote=text)


def _lines(root: Any, syntax: Syntax) -> Iterator[tuple[Any, str]]:  # noqa: ANN401
    """The lines, each with its steps below the root; all of them have one parent and one name."""
    lines = syntax.rows(root)[:MAX_LINES]
    if not lines:
        return
    above = lines[0].getparent()
    between = "" if above is root else _below(above, root, syntax)
    numbers = {each: number for number, each in enumerate(above.iterchildren(lines[0].tag), 1)}
    for line in lines:
        yield line, f"{between}/{_step(line, syntax)}[{numbers.get(line, 1)}]"


def _below(element: Any, base: Any, syntax: Syntax) -> str:  # noqa: ANN401
    """The steps from `base` down to an element, with a number where siblings have its name."""
    steps: list[str] = []
    while element is not None and element is not base:
        before = sum(1 for _ in islice(element.itersiblings(element.tag, preceding=True), MAX_OF_A_KIND))
        alone = before == 0 and next(element.itersiblings(element.tag), None) is None
        steps.append(_step(element, syntax) + ("" if alone else f"[{before + 1}]"))
        element = element.getparent()
    return "".join(f"/{step}" for step in reversed(steps))


def _step(element: Any, syntax: Syntax) -> str:  # noqa: ANN401
    prefix = syntax.prefixes.get(namespace(element))
    return f"{prefix}:{local_name(element)}" if prefix else local_name(element)
