"""What is still to be asked: the leaves and arrays of which nobody was sure enough."""

from collections.abc import Callable, Collection
from dataclasses import replace

from pipeline.extraction.leaves import ROW, Node, Object
from pipeline.extraction.leaves import arrays as arrays_of
from pipeline.extraction.model.paths import wanted_paths
from pipeline.extraction.pointers import Path, pointer
from schemas.extraction import Extraction


def select(tree: Object, wanted: Collection[Path]) -> Object:
    """The tree with nothing but what is wanted; objects of which nothing is left are left out."""
    return replace(tree, children=_children(tree, lambda path: path in wanted))


def _children(node: Object, keep: Callable[[Path], bool]) -> dict[str, Node]:
    kept: dict[str, Node] = {}
    for name, child in node.children.items():
        if isinstance(child, Object):
            inner = _children(child, keep)
            if inner:
                kept[name] = replace(child, children=inner)
        elif keep(child.path):
            kept[name] = child
    return kept


def unsettled(tree: Object, known: Extraction, accept: float, none_found: Collection[Path] = ()) -> set[Path]:
    """Paths to ask the next one for.

    Args:
        tree: of the whole schema.
        known: what was found so far.
        accept: confidence from which on a value is not asked for again. An array is accepted when all rows that were
            counted on the pages are there, and its least sure value is that sure.
        none_found: leaves that two readers have looked for in vain; they are not asked for again.
    """
    lists = {array.path for array in arrays_of(tree) if ROW not in array.path}
    lows = _lowest(known)
    return {
        path
        for path in wanted_paths(tree)
        if not (_complete(known, path) if path in lists else path in none_found or pointer(path) in known.fields)
        or lows.get(pointer(path), 1.0) < accept
    }


def stated(tree: Object, known: Extraction) -> set[Path]:
    """Paths of what data for machines inside the file states: no model reads it better."""
    names = {name for name, value in known.fields.items() if any(each.kind == "embedded" for each in value.evidence)}
    lists = {array.path for array in arrays_of(tree) if ROW not in array.path}
    return {
        path
        for path in wanted_paths(tree)
        if (any(name.startswith(f"{pointer(path)}/") for name in names) if path in lists else pointer(path) in names)
    }


def _complete(known: Extraction, path: Path) -> bool:
    count = known.rows.get(pointer(path))
    return count is not None and count.counted == count.returned and not count.unplaced


def _lowest(known: Extraction) -> dict[str, float]:
    """The least confidence at or below each pointer."""
    lows: dict[str, float] = {}
    for name, value in known.fields.items():
        at = len(name)
        while at > 0:
            lows[name[:at]] = min(lows.get(name[:at], 1.0), value.confidence)
            at = name.rfind("/", 0, at)
    return lows
