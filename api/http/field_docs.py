"""Descriptions of fields for OpenAPI, from the texts that stand below them in `schemas`.

Pydantic can collect these itself, but does so whenever a model is imported; here it is done when somebody asks.
"""

import ast
from importlib.resources import files
from typing import Any

Descriptions = dict[str, dict[str, str]]
"""Class → field → text."""


def add_descriptions(components: dict[str, Any]) -> None:
    """Describe the properties of OpenAPI components that are models of ours."""
    described = read_descriptions()
    for name, component in components.items():
        # A generic model is named after itself and what it holds: `Listing_JobView_`.
        fields = described.get(name) or described.get(name.partition("_")[0], {})
        for field, schema in component.get("properties", {}).items():
            text = fields.get(field) or fields.get(f"{field}_")
            if text is not None:
                schema.setdefault("description", text)


def read_descriptions() -> Descriptions:
    """What stands below the fields of every class in `schemas`; a class has its bases' texts as well."""
    found: Descriptions = {}
    for file in sorted(files("schemas").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    inherited = {k: v for base in node.bases for k, v in found.get(ast.unparse(base), {}).items()}
                    found[node.name] = inherited | _fields(node)
    return found


def _fields(node: ast.ClassDef) -> dict[str, str]:
    fields: dict[str, str] = {}
    for statement, below in zip(node.body, node.body[1:], strict=False):
        match statement, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                fields[name] = " ".join(text.split())
    return fields
