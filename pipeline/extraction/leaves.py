"""A JSON Schema as a tree of what is asked for: objects, arrays and leaves.

Only what says which values are wanted is kept; the rest of the schema holds when the data is validated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.extraction.pointers import Path

LeafType = Literal["string", "number", "integer", "boolean"]
_SCALARS: tuple[LeafType, ...] = ("boolean", "integer", "number", "string")
MAX_DEPTH = 32

ROW = "*"
"""Stands in a path for any index of an array."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """What is asked for at one path."""

    path: Path
    schema: Mapping[str, Any]
    """With `$ref` and `allOf` resolved and `null` taken out of unions."""
    nullable: bool
    required: bool

    @property
    def name(self) -> str:
        """The property's name; for an array's items that of the array."""
        return next((str(step) for step in reversed(self.path) if step != ROW), "")

    @property
    def texts(self) -> tuple[str, ...]:
        """What the schema itself calls it: `x-sheaf-labels`, then the title."""
        labels = self.schema.get("x-sheaf-labels", [])
        title = self.schema.get("title")
        return (*labels, title) if isinstance(title, str) else tuple(labels)

    @property
    def described(self) -> str:
        """The description, empty where there is none."""
        return str(self.schema.get("description", ""))


@dataclass(frozen=True, kw_only=True)
class Leaf(Node):
    """One scalar value."""

    type: LeafType

    @property
    def members(self) -> list[Any] | None:
        """The values of `enum` or `const`, without `null`."""
        if "const" in self.schema:
            return [self.schema["const"]]
        members = self.schema.get("enum")
        return None if members is None else [member for member in members if member is not None]

    @property
    def hint(self) -> str | None:
        """`x-sheaf-type`, else `format`."""
        return self.schema.get("x-sheaf-type") or self.schema.get("format")


@dataclass(frozen=True, kw_only=True)
class Object(Node):
    """Named values."""

    children: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Array(Node):
    """Rows; `item` has a path that ends with `ROW`."""

    item: Node


def read_schema(schema: Mapping[str, Any]) -> Object:
    """The tree of a schema that has passed the gate.

    A union of several kinds of value is read as its first one. A schema that names no kind is a string.
    """
    root = _node(schema, schema, (), required=True, depth=0)
    assert isinstance(root, Object)
    return root


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves below a node, those of arrays once with `ROW` in the path."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Array):
        yield from leaves(node.item)
    elif isinstance(node, Object):
        for child in node.children.values():
            yield from leaves(child)


def arrays(node: Node) -> Iterator[Array]:
    """All arrays below a node, outer ones first."""
    if isinstance(node, Array):
        yield node
        yield from arrays(node.item)
    elif isinstance(node, Object):
        for child in node.children.values():
            yield from arrays(child)


def _node(schema: Any, root: Mapping[str, Any], path: Path, *, required: bool, depth: int) -> Node:  # noqa: ANN401
    plain, nullable = _resolve(schema, root, depth)
    types = plain.get("type")
    names = [types] if isinstance(types, str) else list(types or [])
    nullable = nullable or "null" in names or (None in plain.get("enum", [0]))
    common: dict[str, Any] = {"path": path, "schema": plain, "nullable": nullable, "required": required}
    if depth < MAX_DEPTH and ("object" in names or (not names and "properties" in plain)):
        wanted = plain.get("required", [])
        properties = plain.get("properties", {})
        children = {
            name: _node(each, root, (*path, name), required=name in wanted, depth=depth + 1)
            for name, each in properties.items()
        }
        return Object(children=children, **common)
    if depth < MAX_DEPTH and ("array" in names or (not names and "items" in plain)):
        return Array(item=_node(plain.get("items", {}), root, (*path, ROW), required=True, depth=depth + 1), **common)
    return Leaf(type=_scalar(names, plain), **common)


def _scalar(names: list[str], plain: Mapping[str, Any]) -> LeafType:
    for name in _SCALARS:
        if name in names:
            return name
    members = [member for member in plain.get("enum", [plain.get("const")]) if member is not None]
    if members and all(isinstance(member, bool) for member in members):
        return "boolean"
    if members and all(isinstance(member, int) for member in members):
        return "integer"
    return "string"


def _resolve(schema: Any, root: Mapping[str, Any], depth: int) -> tuple[dict[str, Any], bool]:  # noqa: ANN401
    """The schema with references, `allOf` and unions worked in, and whether a union allows `null`."""
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return {}, False
    plain = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}
    nullable = False
    parts = [_target(schema["$ref"], root)] if "$ref" in schema else []
    parts += schema.get("allOf", [])
    for union in (schema.get("anyOf"), schema.get("oneOf")):
        if union:
            branches = [branch for branch in union if not _is_null(branch)]
            nullable = nullable or len(branches) < len(union)
            parts += branches[:1]
    for part in parts:
        inner, allows_null = _resolve(part, root, depth + 1)
        nullable = nullable or allows_null
        plain = _merge(inner, plain)
    return plain, nullable


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = base | over
    for key in ("properties",):
        if key in base and key in over:
            merged[key] = base[key] | over[key]
    if "required" in base and "required" in over:
        merged["required"] = [*base["required"], *over["required"]]
    return merged


def _is_null(branch: Any) -> bool:  # noqa: ANN401
    return isinstance(branch, Mapping) and branch.get("type") == "null"


def _target(reference: str, root: Mapping[str, Any]) -> Any:  # noqa: ANN401
    node: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        node = node.get(key, {}) if isinstance(node, Mapping) else {}
    return node
