"""Labelled folders: `labels.jsonl`, one object a line, and what of a schema each label says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.evaluation.values import Kind, kind_of
from pipeline.extraction.leaves import Array, Leaf, Node, Object
from pipeline.extraction.pointers import pointer
from schemas import exact_json

LABELS = "labels.jsonl"


class BadLabels(Exception):
    """The labels cannot be used as they stand; the message says what is wrong and where."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A scalar that a label knows."""

    pointer: str
    kind: Kind
    value: Any
    """`None`: the document has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """An array that a label knows in full."""

    pointer: str
    columns: Mapping[str, Kind]
    """Those that any row of the label has, by pointer below the row; `""` where rows are scalars."""
    rows: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What one document says."""

    file: str
    fields: list[Field]
    arrays: list[Rows]


def read_labels(folder: Path, schema: Object) -> list[Label]:
    """The labels of a folder, checked against a schema and the files that are there.

    Raises:
        BadLabels: there are none, a line is not one, a file is missing or named twice, or a field is not in the schema.
    """
    path = folder / LABELS
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadLabels(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    found: dict[str, Label] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                label = _label(line, folder, schema)
            except BadLabels as error:
                raise BadLabels(f"{path}, line {number}: {error}") from error
            if label.file in found:
                raise BadLabels(f"{path}, line {number}: {label.file!r} is labelled twice")
            found[label.file] = label
    if not found:
        raise BadLabels(f"{path} holds no label")
    return list(found.values())


def _label(line: str, folder: Path, schema: Object) -> Label:
    try:
        value = exact_json.loads(line)
    except ValueError as error:
        raise BadLabels(f"this is no JSON: {error}") from error
    fields = value.get("fields") if isinstance(value, dict) else None
    if not isinstance(fields, dict) or not isinstance(value.get("file"), str):
        raise BadLabels('a label is {"file": "name", "fields": {…}}')
    path = folder / value["file"]
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadLabels(f"{value['file']!r} is outside the folder")
    if not path.is_file():
        raise BadLabels(f"there is no file {value['file']!r}")
    return make_label(value["file"], fields, schema)


def make_label(file: str, fields: Mapping[str, Any], schema: Object) -> Label:
    """A label from values by JSON Pointer or property name; objects may be nested.

    Raises:
        BadLabels: a field is not in the schema, or its value has another shape.
    """
    scalars: list[Field] = []
    arrays: list[Rows] = []
    for name, value in fields.items():
        for node, inner in _known(_node(schema, name), value):
            if isinstance(node, Array):
                arrays.append(_rows(node, inner))
            elif isinstance(node, Leaf):
                _check_scalar(node, inner)
                scalars.append(Field(pointer=pointer(node.path), kind=kind_of(node), value=inner))
    return Label(file=file, fields=scalars, arrays=arrays)


def _node(schema: Object, name: str) -> Node:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in name[1:].split("/")] if name[:1] == "/" else [name]
    node: Node = schema
    for step in steps:
        if isinstance(node, Array):
            raise BadLabels(f"{name!r} is inside an array; give the array as a list of rows")
        if not isinstance(node, Object) or step not in node.children:
            raise BadLabels(f"the schema has no field {name!r}")
        node = node.children[step]
    return node


def _known(node: Node, value: Any) -> Iterator[tuple[Node, Any]]:  # noqa: ANN401 - JSON
    """The leaves and arrays that a value knows."""
    if not isinstance(node, Object):
        yield node, value
    elif value is None:
        for child in node.children.values():
            yield from _known(child, [] if isinstance(child, Array) else None)
    elif not isinstance(value, dict):
        raise BadLabels(f"{pointer(node.path)!r} is an object")
    else:
        for name, inner in value.items():
            if name not in node.children:
                raise BadLabels(f"the schema has no field {pointer((*node.path, name))!r}")
            yield from _known(node.children[name], inner)


def _rows(array: Array, value: Any) -> Rows:  # noqa: ANN401 - JSON
    where = pointer(array.path)
    if value is not None and not isinstance(value, list):
        raise BadLabels(f"{where!r} is an array; give it as a list")
    rows, columns = [], dict[str, Kind]()
    for each in value or []:
        cells: dict[str, Any] = {}
        for node, inner in _known(array.item, each):
            if not isinstance(node, Leaf):
                raise BadLabels(f"{pointer(node.path)!r} is an array inside a row; such cannot be compared")
            _check_scalar(node, inner)
            column = pointer(node.path[len(array.item.path) :])
            columns[column] = kind_of(node)
            cells[column] = inner
        rows.append(cells)
    return Rows(pointer=where, columns=columns, rows=rows)


def _check_scalar(leaf: Leaf, value: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(value, (dict, list)):
        raise BadLabels(f"{pointer(leaf.path)!r} is one value, not a list or an object")
