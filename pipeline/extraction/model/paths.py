"""Paths and values: pointers of known fields, rows laid flat, and what a tree asks for."""

from collections.abc import Iterator
from typing import Any

from pipeline.extraction.leaves import ROW, Array, Node, Object, arrays, leaves
from pipeline.extraction.pointers import Path
from schemas.extraction import Extraction, FieldValue


def fields_of(extraction: Extraction, tree: Object) -> Iterator[tuple[Path, FieldValue]]:
    """All values with their paths."""
    for name, value in extraction.fields.items():
        yield path_of(name, tree), value


def path_of(name: str, tree: Object) -> Path:
    """The path that a JSON Pointer names in the data of a tree, which says what is an index."""
    path: list[str | int] = []
    node: Node | None = tree
    for step in name.split("/")[1:]:
        if isinstance(node, Array):
            path.append(int(step))
            node = node.item
        else:
            path.append(step.replace("~1", "/").replace("~0", "~"))
            node = node.children.get(str(path[-1])) if isinstance(node, Object) else None
    return tuple(path)


def flattened(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - any JSON value
    """The scalars of a value by their paths below it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flattened(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flattened(inner, (*path, index))
    elif value is not None:
        yield path, value


def starred(path: Path) -> Path:
    """The path of the leaf in the tree: `*` for each index."""
    return tuple(ROW if isinstance(step, int) else step for step in path)


def wanted_paths(tree: Node) -> set[Path]:
    """Paths of the leaves outside of arrays, and of the arrays outside of arrays."""
    inside = {leaf.path for leaf in leaves(tree) if ROW not in leaf.path}
    return inside | {array.path for array in arrays(tree) if ROW not in array.path}
