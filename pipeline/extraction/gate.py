"""The gate every JSON Schema passes before anything is done with it.

A schema is 2020-12, self-contained, of bounded size, without recursion, and its patterns compile in RE2.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from pipeline.errors import InvalidSchema
from pipeline.extraction.patterns import PatternError, compile_pattern
from pipeline.extraction.pointers import Path, pointer

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
"""Of nested subschemas: the root is 1, its properties are 2."""
MAX_NODES = 2_000
MAX_EXPANDED = 10_000
"""Subschemas after every reference has been followed."""
MAX_ENUM = 1_000
MAX_ERRORS = 50
MAX_LABELS = 100

FORMATS = frozenset({"date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"})
_KIND_NAMES = (
    "address bic boolean company currency date email iban id integer jurisdiction money number percent person phone "
    "term text url vat_id"
)
KINDS = frozenset(_KIND_NAMES.split())
"""Values of `x-sheaf-type`."""

TYPES = "array, boolean, integer, null, number, object, string, or a list of these"

_ONE = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
        "unevaluatedItems", "unevaluatedProperties", "contentSchema")  # fmt: skip
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("$defs", "dependentSchemas", "properties")
_REFUSED = {
    "$dynamicRef": "dynamic references are not allowed",
    "$dynamicAnchor": "dynamic references are not allowed",
    "$recursiveRef": "dynamic references are not allowed",
    "$anchor": "only references to #/$defs are allowed",
    "$vocabulary": "vocabularies are not allowed",
    "patternProperties": "properties must be named",
    "definitions": "use $defs",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the schema at a path."""

    path: str
    message: str


def check_schema(schema: Any) -> None:  # noqa: ANN401 - it may be anything until it has passed
    """Let a schema pass or refuse it.

    Raises:
        InvalidSchema: with `errors=[{path, message}, …]`, every fault that was found (at most `MAX_ERRORS`).
    """
    faults = list(_faults(schema))
    if faults:
        errors = [{"path": fault.path, "message": fault.message} for fault in faults[:MAX_ERRORS]]
        first = faults[0]
        raise InvalidSchema(f"the JSON Schema is not allowed: {first.path or '/'}: {first.message}", errors=errors)


def _faults(schema: Any) -> Iterator[Fault]:  # noqa: ANN401
    """Cheap checks come first, so that the later ones run on something small and finite."""
    size = _size(schema)
    if isinstance(size, Fault):
        yield size
        return
    nodes = list(_walk(schema))
    deep = [fault for fault in nodes if isinstance(fault, Fault)]
    if deep:
        yield deep[0]
        return
    by_standard = list(_standard(schema))
    yield from by_standard
    if not by_standard:
        yield from _rules(schema, [node for node in nodes if not isinstance(node, Fault)])


def _size(schema: Any) -> int | Fault:  # noqa: ANN401
    if not isinstance(schema, Mapping):
        return Fault("", "a schema is a JSON object")
    try:
        size = len(json.dumps(schema, ensure_ascii=False, default=str).encode())
    except (RecursionError, ValueError, TypeError):
        return Fault("", "nested too deeply, or no JSON")
    return Fault("", f"{size} bytes of JSON; at most {MAX_BYTES} are allowed") if size > MAX_BYTES else size


def _walk(schema: Any) -> Iterator[tuple[Path, Any] | Fault]:  # noqa: ANN401
    """Every subschema with its path; ends with a fault where there are too many or they nest too deeply."""
    todo: list[tuple[Path, Any, int]] = [((), schema, 1)]
    count = 0
    while todo:
        path, node, depth = todo.pop()
        count += 1
        if depth > MAX_DEPTH:
            yield Fault(pointer(path), f"nested more than {MAX_DEPTH} deep")
            return
        if count > MAX_NODES:
            yield Fault("", f"more than {MAX_NODES} subschemas")
            return
        yield path, node
        todo.extend((child, inner, depth + 1) for child, inner in _children(path, node))


def _children(path: Path, node: Any) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401
    """The subschemas right below; data (`enum`, `const`, `default`, `examples`) holds none."""
    if not isinstance(node, Mapping):
        return
    for key in _ONE:
        if isinstance(node.get(key), Mapping | bool):
            yield (*path, key), node[key]
    for key in _MANY:
        if isinstance(node.get(key), list):
            yield from (((*path, key, index), each) for index, each in enumerate(node[key]))
    for key in _NAMED:
        if isinstance(node.get(key), Mapping):
            yield from (((*path, key, str(name)), each) for name, each in node[key].items())


@lru_cache(maxsize=1)
def _meta() -> Validator:
    return Draft202012Validator(Draft202012Validator.META_SCHEMA)


def _standard(schema: Mapping[str, Any]) -> Iterator[Fault]:
    dialect = schema.get("$schema", DIALECT)
    if dialect != DIALECT:
        yield Fault("/$schema", f"only {DIALECT} is understood")
        return
    for error in _meta().iter_errors(schema):
        place = pointer(error.absolute_path)
        wrong_type = error.validator == "anyOf" and place.endswith("/type")
        yield Fault(place, f"{error.instance!r} is none of {TYPES}"[:300] if wrong_type else error.message[:300])


def _rules(schema: Mapping[str, Any], nodes: list[tuple[Path, Any]]) -> Iterator[Fault]:
    root_type = schema.get("type")
    if root_type != "object" and not (root_type is None and "properties" in schema):
        yield Fault("/type", 'the root must have "type": "object"')
    for path, node in nodes:
        if isinstance(node, Mapping):
            yield from _node_rules(path, node)
    yield from _references(schema, nodes)


def _node_rules(path: Path, node: Mapping[str, Any]) -> Iterator[Fault]:
    for key, reason in _REFUSED.items():
        if key in node:
            yield Fault(pointer((*path, key)), reason)
    if path and ("$id" in node or "$schema" in node):
        yield Fault(pointer(path), "$id and $schema are allowed at the root only")
    if len(node.get("enum", ())) > MAX_ENUM:
        yield Fault(pointer((*path, "enum")), f"more than {MAX_ENUM} values")
    if "pattern" in node:
        try:
            compile_pattern(node["pattern"])
        except PatternError as error:
            yield Fault(pointer((*path, "pattern")), f"not an RE2 expression: {error}")
    if "format" in node and node["format"] not in FORMATS:
        yield Fault(pointer((*path, "format")), f"unknown format; known are {', '.join(sorted(FORMATS))}")
    yield from _hint_rules(path, node)


def _hint_rules(path: Path, node: Mapping[str, Any]) -> Iterator[Fault]:
    labels = node.get("x-sheaf-labels", [])
    if not isinstance(labels, list) or not all(isinstance(each, str) and 0 < len(each) <= 100 for each in labels):
        yield Fault(pointer((*path, "x-sheaf-labels")), "must be a list of texts of 1 to 100 characters")
    elif len(labels) > MAX_LABELS:
        yield Fault(pointer((*path, "x-sheaf-labels")), f"more than {MAX_LABELS} labels")
    if "x-sheaf-type" in node and not (isinstance(node["x-sheaf-type"], str) and node["x-sheaf-type"] in KINDS):
        yield Fault(pointer((*path, "x-sheaf-type")), f"unknown type; known are {', '.join(sorted(KINDS))}")


def _references(schema: Mapping[str, Any], nodes: list[tuple[Path, Any]]) -> Iterator[Fault]:
    """References point at a name in the root's `$defs`; they form no circle and do not multiply beyond bounds."""
    known = schema.get("$defs", {})
    uses: dict[str, list[str]] = {name: [] for name in ["", *known]}
    sizes = dict.fromkeys(uses, 0)
    faulty = False
    for path, node in nodes:
        owner = str(path[1]) if len(path) > 1 and path[0] == "$defs" else ""
        sizes[owner] += 1
        if not isinstance(node, Mapping) or "$ref" not in node:
            continue
        name = _definition(str(node["$ref"]))
        if name is None or name not in known:
            faulty = True
            yield Fault(pointer((*path, "$ref")), "only references to a name in the root's #/$defs are allowed")
        else:
            uses[owner].append(name)
    if not faulty:
        yield from _expansion(uses, sizes)


def _definition(reference: str) -> str | None:
    """The name after `#/$defs/`; `None` for any other reference."""
    prefix, name = reference[:8], reference[8:]
    if prefix != "#/$defs/" or not name or "/" in name:
        return None
    return name.replace("~1", "/").replace("~0", "~")


def _expansion(uses: dict[str, list[str]], sizes: dict[str, int]) -> Iterator[Fault]:
    """Peels off definitions whose references are all counted; what is left over refers to itself."""
    totals: dict[str, int] = {}
    left = set(uses)
    while ready := [name for name in left if all(used in totals for used in uses[name])]:
        for name in ready:
            totals[name] = sizes[name] + sum(totals[used] for used in uses[name])
        left.difference_update(ready)
    for name in sorted(left - {""}):
        if any(used in left for used in uses[name]):
            yield Fault(pointer(("$defs", name)), "refers to itself; recursion is not allowed")
    if not left and totals[""] > MAX_EXPANDED:
        yield Fault("", f"more than {MAX_EXPANDED} subschemas once references are followed")
