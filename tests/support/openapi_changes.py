"""What of a committed OpenAPI description a new one breaks."""

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")


def breaking_changes(old: Json, new: Json) -> list[str]:
    """What a client of the old document could trip over in the new one, one sentence each.

    Requests may take more, and answers may give more; requests that were valid stay valid, and what answers hold stays.
    """
    return list(_paths(old, new))


def _paths(old: Json, new: Json) -> Iterator[str]:
    for path, operations in old["paths"].items():
        for method in METHODS:
            if method not in operations:
                continue
            name = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{name} is gone"
                continue
            yield from _parameters(name, operations[method], now)
            yield from _bodies(name, old, operations[method], new, now)
            yield from _responses(name, old, operations[method], new, now)


def _parameters(name: str, old: Json, new: Json) -> Iterator[str]:
    before = {(p["in"], p["name"]): p for p in old.get("parameters", [])}
    after = {(p["in"], p["name"]): p for p in new.get("parameters", [])}
    for key in before.keys() - after.keys():
        yield f"{name}: the {key[0]} parameter {key[1]} is gone"
    for key, parameter in after.items():
        if parameter.get("required") and not before.get(key, {}).get("required"):
            yield f"{name}: the {key[0]} parameter {key[1]} is required now"


def _bodies(name: str, old_document: Json, old: Json, new_document: Json, new: Json) -> Iterator[str]:
    before, after = old.get("requestBody", {}), new.get("requestBody", {})
    if after.get("required") and not before.get("required"):
        yield f"{name}: a body is required now"
    for kind, content in before.get("content", {}).items():
        if kind not in after.get("content", {}):
            yield f"{name}: {kind} bodies are not taken any more"
            continue
        pair = (content.get("schema", {}), after["content"][kind].get("schema", {}))
        yield from _Comparison(old_document, new_document, request=True).compare(f"{name} body", *pair)


def _responses(name: str, old_document: Json, old: Json, new_document: Json, new: Json) -> Iterator[str]:
    for status, response in old["responses"].items():
        after = new["responses"].get(status)
        if after is None:
            yield f"{name}: the answer {status} is gone"
            continue
        for kind, content in response.get("content", {}).items():
            if kind not in after.get("content", {}):
                yield f"{name}: the answer {status} is not {kind} any more"
                continue
            pair = (content.get("schema", {}), after["content"][kind].get("schema", {}))
            yield from _Comparison(old_document, new_document, request=False).compare(f"{name} {status}", *pair)


class _Comparison:
    """Walks two schemas side by side."""

    def __init__(self, old: Json, new: Json, *, request: bool) -> None:
        self._old = old
        self._new = new
        self._request = request
        self._seen: set[str] = set()

    def compare(self, where: str, old: Json, new: Json) -> Iterator[str]:
        """What broke at `where` and below."""
        reference = old.get("$ref")
        if reference is not None:
            if reference in self._seen:
                return
            self._seen.add(reference)
        old, new = _resolve(self._old, old), _resolve(self._new, new)
        yield from self._types(where, old, new)
        yield from self._properties(where, old, new)
        if "items" in old and "items" in new:
            yield from self.compare(f"{where}[]", old["items"], new["items"])
        for before, after in zip(_options(old), _options(new), strict=False):
            yield from self.compare(where, before, after)

    def _types(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = _types(self._old, old), _types(self._new, new)
        lost = (before - after) if self._request else (after - before)
        if lost and before and after:
            said = "not taken any more" if self._request else "given now"
            yield f"{where}: {', '.join(sorted(lost))} is {said}"

    def _properties(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before.keys() - after.keys():
            yield f"{where}/{name} is gone"
        if self._request:
            for name in set(new.get("required", [])) - set(old.get("required", [])):
                yield f"{where}/{name} is required now"
        else:
            for name in set(old.get("required", [])) - set(new.get("required", [])):
                yield f"{where}/{name} may be absent now"
        for name in before.keys() & after.keys():
            yield from self.compare(f"{where}/{name}", before[name], after[name])


def _resolve(document: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: Json = found
    return resolved


def _options(schema: Json) -> list[Json]:
    options: list[Json] = schema.get("anyOf") or schema.get("oneOf") or []
    return options


def _types(document: Json, schema: Json) -> set[str]:
    """What a value may be: its types, or the values of an enumeration. Empty where anything is allowed."""
    schema = _resolve(document, schema)
    if options := _options(schema):
        parts = [_types(document, option) for option in options]
        return set().union(*parts) if all(parts) else set()
    if "const" in schema:
        return {json.dumps(schema["const"])}
    if "enum" in schema:
        return {json.dumps(value) for value in schema["enum"]}
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)
