"""Values at paths become data that validates, or `None` with a warning that names what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.confidence import Signs
from pipeline.extraction.leaves import ROW, Array, Leaf, Node, Object
from pipeline.extraction.pointers import Path, pointer
from pipeline.extraction.validation import SchemaValidator, Violation
from schemas.documents import Notice
from schemas.evidence import Evidence
from schemas.extraction import Extraction, FieldValue, RowCount

_ABSENT = object()
MAX_REPAIRS = 40


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value for the leaf at a path; indices of rows only order them."""

    path: Path
    value: Any
    confidence: float
    evidence: Sequence[Evidence]
    grounded: bool = True
    signs: Signs | None = None
    """What its confidence was made from, where rules read it."""


class Assembler:
    """Builds the data of one schema; takes values back until it validates."""

    def __init__(self, tree: Object, schema: Mapping[str, Any], found: Sequence[Found]) -> None:
        self._tree = tree
        self._validator = SchemaValidator(schema)
        self._found = {each.path: each for each in found}
        self._dropped: set[Path] = set()
        self._refused: set[Path] = set()
        self._fields: dict[str, FieldValue] = {}
        self._origin: dict[Path, Path] = {}
        self._parts: set[Path] = set()
        self._indices: dict[Path, list[int]] = {}
        self._warnings: list[Notice] = []

    def assemble(self, counted: Mapping[Path, int | None]) -> Extraction:
        """The extraction; `counted` holds the rows of arrays as counted on the pages."""
        data = self._build()
        for _ in range(MAX_REPAIRS):
            violations = self._validator.violations(data)
            if not violations:
                break
            repaired = [self._repair(violation) for violation in violations]
            if not all(repaired):
                data = None
                break
            data = self._build()
        else:
            self._warn("invalid-data", "the values do not fit the schema together", ())
            data = None
        rows = {pointer(path): RowCount(counted=count, returned=_length(data, path)) for path, count in counted.items()}
        return Extraction(data=data, fields=self._fields, rows=rows, warnings=self._warnings)

    def _build(self) -> Any:  # noqa: ANN401 - any JSON value
        self._fields = {}
        self._origin = {}
        self._parts = {path[:length] for path in self._found for length in range(len(path) + 1)}
        self._indices = {}
        for part in self._parts:
            if part and isinstance(part[-1], int):
                self._indices.setdefault(part[:-1], []).append(part[-1])
        built = self._node(self._tree, (), ())
        return {} if built is _ABSENT or built is None else built

    def _node(self, node: Node, source: Path, target: Path) -> Any:  # noqa: ANN401
        """The data of a node. `source` is its path among the values found, `target` the one in the data."""
        self._origin[target] = source
        if source in self._dropped:
            return None if node.nullable else _ABSENT
        if isinstance(node, Leaf):
            return self._leaf(node, source, target)
        if isinstance(node, Array):
            return self._array(node, source, target)
        assert isinstance(node, Object)
        built = {name: self._node(child, (*source, name), (*target, name)) for name, child in node.children.items()}
        if source and source not in self._parts:
            if node.nullable:
                return None
            if not node.required:
                return _ABSENT
        return {name: value for name, value in built.items() if value is not _ABSENT}

    def _leaf(self, node: Leaf, source: Path, target: Path) -> Any:  # noqa: ANN401
        found = self._found.get(source)
        if found is None:
            return None if node.nullable else _ABSENT
        self._fields[pointer(target)] = FieldValue(
            value=found.value, confidence=found.confidence, grounded=found.grounded, evidence=list(found.evidence)
        )
        return found.value

    def _array(self, node: Array, source: Path, target: Path) -> list[Any]:
        rows: list[Any] = []
        for index in sorted(self._indices.get(source, [])):
            if (*source, index) not in self._dropped:
                row = self._node(node.item, (*source, index), (*target, len(rows)))
                if row is not _ABSENT:
                    rows.append(row)
        return rows

    def _repair(self, violation: Violation) -> bool:
        """Take back what a violation is about; `False` where nothing can be."""
        path = violation.path if violation.missing is None else (*violation.path, violation.missing)
        source = (*self._origin.get(violation.path, violation.path), *path[len(violation.path) :])
        if source in self._refused or any(source[:length] in self._dropped for length in range(len(source) + 1)):
            return True  # it was taken back for another violation already
        if source in self._found:
            self._refused.add(source)
            self._warn("value-refused", f"a value was found that the schema does not allow: {violation.message}", path)
            del self._found[source]
            return True
        optional = self._nearest_optional(source)
        if optional is None:
            self._warn("missing-value", f"no value was found and the schema requires one: {violation.message}", path)
            return False
        self._warn("part-left-out", f"{pointer(optional) or '/'} was left out: {violation.message}", path)
        self._dropped.add(optional)
        for each in [each for each in self._found if each[: len(optional)] == optional]:
            del self._found[each]
        return True

    def _nearest_optional(self, source: Path) -> Path | None:
        """The innermost part around a path that may be absent, null, or a row taken out."""
        for length in range(len(source), 0, -1):
            part = source[:length]
            node = _node_at(self._tree, part)
            may_go = node is None or isinstance(part[-1], int) or node.nullable or not node.required
            if may_go and node is not None and part not in self._dropped:
                return part
        return None

    def _warn(self, code: str, message: str, path: Path) -> None:
        notice = Notice(code=code, message=message, where=pointer(path))
        if notice not in self._warnings:
            self._warnings.append(notice)


def _node_at(tree: Node, path: Path) -> Node | None:
    node: Node | None = tree
    for step in path:
        if isinstance(node, Object):
            node = node.children.get(str(step))
        elif isinstance(node, Array):
            node = node.item if isinstance(step, int) or step == ROW else None
        else:
            return None
    return node


def _length(data: Any, path: Path) -> int:  # noqa: ANN401
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return len(data) if isinstance(data, list) else 0
