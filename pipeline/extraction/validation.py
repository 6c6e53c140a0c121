"""Data against a JSON Schema: nothing is fetched, and patterns are matched by RE2."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry

from pipeline.extraction.patterns import matches
from pipeline.extraction.pointers import Path


@dataclass(frozen=True, slots=True)
class Violation:
    """Where and how data does not fit its schema."""

    path: Path
    keyword: str
    message: str
    missing: str | None = None
    """The property that a `required` asks for."""


def _pattern(_: Validator, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Strict = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # jsonschema leaves it bare
_FORMATS = FormatChecker(formats=("date", "email", "ipv4", "ipv6", "time", "uuid"))


def exact_schema(schema: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The schema with its floats as decimals, so that bounds and multiples are compared exactly."""
    if isinstance(schema, float):
        return Decimal(repr(schema))
    if isinstance(schema, Mapping):
        return {key: exact_schema(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [exact_schema(value) for value in schema]
    return schema


class SchemaValidator:
    """Checks data against one schema that has passed the gate. Decimals count as numbers."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = _Strict(exact_schema(schema), registry=Registry(), format_checker=_FORMATS)

    def violations(self, data: Any) -> list[Violation]:  # noqa: ANN401 - any JSON value
        """All violations, the deepest place of each; empty when the data validates."""
        found = [leaf for error in self._validator.iter_errors(data) for leaf in _deepest(error)]
        return [_violation(error) for error in found]


def _deepest(error: ValidationError) -> Sequence[ValidationError]:
    """For unions the errors of the branch that went furthest; else the error itself."""
    if not error.context or error.validator not in ("anyOf", "oneOf", "allOf"):
        return [error]
    branches: dict[object, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    best = max(branches.values(), key=lambda group: max(len(inner.absolute_path) for inner in group))
    return [leaf for inner in best for leaf in _deepest(inner)]


def _violation(error: ValidationError) -> Violation:
    missing = None
    if error.validator == "required" and isinstance(error.instance, Mapping):
        wanted = error.validator_value if isinstance(error.validator_value, list) else []
        missing = next((name for name in wanted if name not in error.instance and repr(name) in error.message), None)
    return Violation(tuple(error.absolute_path), str(error.validator), error.message[:300], missing)
