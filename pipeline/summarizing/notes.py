"""What a chat model says of a document, as it is asked for and as it comes back."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MOST_SENTENCES = 12
MOST_NOTES = 25
LONGEST = 1_000
"""Characters of a sentence or a quote."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Note(_Model):
    """A sentence, the page (or part) that says it, and the words there."""

    text: str = Field(max_length=LONGEST)
    page: int = Field(ge=0)
    quote: str = Field(max_length=LONGEST)


class Told(_Model):
    """Sentences about pages that were shown."""

    sentences: list[Note] = Field(max_length=MOST_NOTES)


class Drawn(_Model):
    """A sentence, and the numbers of the notes it rests on."""

    text: str = Field(max_length=LONGEST)
    notes: list[int] = Field(max_length=MOST_NOTES)


class Reduced(_Model):
    """Sentences about notes that were shown."""

    sentences: list[Drawn] = Field(max_length=MOST_NOTES)


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Its JSON Schema with the definitions put in place: not every server follows references."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inlined(schema, definitions)
    return inlined


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(node, dict):
        if "$ref" in node:
            return _inlined(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
        return {key: _inlined(value, definitions) for key, value in node.items() if key not in ("title", "description")}
    return [_inlined(each, definitions) for each in node] if isinstance(node, list) else node
