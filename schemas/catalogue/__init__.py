"""The built-in JSON Schemas, by name."""

import json
from importlib.resources import files
from typing import Any


def names() -> list[str]:
    """The names of all schemas of the catalogue, sorted."""
    return sorted(file.name.removesuffix(".json") for file in files(__name__).iterdir() if file.name.endswith(".json"))


def load(name: str) -> dict[str, Any]:
    """One schema, fresh for each call.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in names():
        raise KeyError(name)
    schema: dict[str, Any] = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return schema
