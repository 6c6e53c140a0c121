"""JSON Schemas as the REST API lists them: the built-in catalogue and the user's own."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class SchemaSummary(BaseModel):
    """One schema's newest version."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str
    version: int
    built_in: bool
    """Built-in schemas cannot be changed."""
    title: str | None
    description: str | None


class SchemaView(SchemaSummary):
    """One version of a schema, whole."""

    schema_: dict[str, Any] = Field(alias="schema")
