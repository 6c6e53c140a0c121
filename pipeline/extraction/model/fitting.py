"""A model's answer held against what was asked: what fits is kept, and every fault has a name and a place."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.extraction.leaves import Array, Leaf, Node, Object
from pipeline.extraction.model.compact import longest_text, most_items
from pipeline.extraction.pointers import Path, pointer
from pipeline.extraction.validation import SchemaValidator

MAX_FAULTS = 20
"""As many are shown to the model; the first ones tell what is wrong with the rest."""
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of an answer."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{pointer(self.path) or '/'}: {self.message}"


@dataclass(kw_only=True, slots=True)
class Fitted:
    """What of an answer fits.

    What is `None` or does not fit is left out, but for rows of an array, which keep their places.
    """

    data: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    full: list[Path] = field(default_factory=list)
    """Texts and arrays that are as long as an answer may be: what is behind is not known."""


def fit(answer: Any, tree: Object) -> Fitted:  # noqa: ANN401 - whatever a model says
    """Hold an answer (JSON values with `Decimal`s) against the tree that was asked for.

    A number written as a text counts as that number. Properties that were not asked for are faults. Missing ones are
    none: whether a value is required is judged when the answers of all windows are together.
    """
    if not isinstance(answer, dict):
        return Fitted(data={}, faults=[Fault((), "the answer must be a JSON object")])
    fitter = _Fitter()
    data = fitter.object(answer, tree, ())
    return Fitted(data=data, faults=fitter.faults, full=fitter.full)


class _Fitter:
    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.full: list[Path] = []

    def object(self, value: dict[str, Any], node: Object, path: Path) -> dict[str, Any]:
        """The properties that fit."""
        kept: dict[str, Any] = {}
        for name, inner in value.items():
            child = node.children.get(name)
            if child is None:
                self._fault((*path, name), "this property was not asked for")
                continue
            fitted = self._node(inner, child, (*path, name))
            if fitted is not None:
                kept[name] = fitted
        return kept

    def _node(self, value: Any, node: Node, path: Path) -> Any:  # noqa: ANN401
        if value is None:
            return None
        if isinstance(node, Leaf):
            return self._leaf(value, node, path)
        if isinstance(node, Array):
            return self._array(value, node, path)
        assert isinstance(node, Object)
        if not isinstance(value, dict):
            return self._fault(path, "must be an object")
        return self.object(value, node, path) or None

    def _array(self, value: Any, node: Array, path: Path) -> list[Any] | None:  # noqa: ANN401
        if not isinstance(value, list):
            self._fault(path, "must be an array")
            return None
        if len(value) >= most_items(node):
            self.full.append(path)
        return [self._node(each, node.item, (*path, index)) for index, each in enumerate(value)]

    def _leaf(self, value: Any, node: Leaf, path: Path) -> Any:  # noqa: ANN401
        if isinstance(value, dict | list):
            return self._fault(path, f"must be a {node.type}")
        if node.members is not None:
            return value if value in node.members else self._fault(path, f"must be one of {node.members[:20]}")
        if node.type == "boolean":
            return value if isinstance(value, bool) else self._fault(path, "must be true or false")
        if node.type == "string":
            return self._text(value, node, path)
        return self._number(value, node, path)

    def _number(self, value: Any, node: Leaf, path: Path) -> Any:  # noqa: ANN401
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return self._fault(path, f"must be a {node.type}, written as a JSON number")
        if node.type == "integer":
            whole = int(value)
            return whole if whole == value else self._fault(path, "must be a whole number")
        return value

    def _text(self, value: Any, node: Leaf, path: Path) -> str | None:  # noqa: ANN401
        if not isinstance(value, str):
            self._fault(path, "must be a string")
            return None
        if len(value) >= longest_text(node) < int(node.schema.get("maxLength", longest_text(node) + 1)):
            self.full.append(path)
        if node.hint == "date" and not _is_date(value):
            self._fault(path, "must be a date as YYYY-MM-DD")
            return None
        return value if value.strip() else None

    def _fault(self, path: Path, message: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(path, message))


def _is_date(text: str) -> bool:
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def violations(data: dict[str, Any], validator: SchemaValidator) -> list[Fault]:
    """What the user's own schema refuses in values that are there: patterns, bounds, formats.

    That a value is missing is no fault of one window.
    """
    found = validator.violations(data)
    kept = [Fault(each.path, each.message) for each in found if each.keyword not in ("required", "minItems", "type")]
    return kept[:MAX_FAULTS]
