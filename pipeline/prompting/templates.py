"""Prompts as files: `prompts/NAME.md`, with a version, rendered here and nowhere else.

A file begins with its name and version, and has up to three sections, each under its own heading:

    ---
    name: extract
    version: 1
    ---
    # System
    # Instructions
    # Request

System and instructions are the constant prefix of all requests of one kind, so that a server's prefix cache hits; the
document stands between the instructions and the request. `{{name}}` is a placeholder. What fills one is not ours, so
it is made harmless, unless it is `Fenced`; text in it that looks like a placeholder stays as it is.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pipeline.prompting.fences import Fenced, neutral

FOLDER = Path(__file__).parent / "prompts"
SECTIONS = ("System", "Instructions", "Request")

PromptName = Literal["extract", "repair", "continue", "summarize", "map", "reduce", "answer", "rewrite", "transcribe"]

_FILE = re.compile(r"---\nname: (?P<name>[a-z]+)\nversion: (?P<version>[1-9]\d*)\n---\n(?P<body>.+)", re.DOTALL)
_HEADING = re.compile(rf"^# ({'|'.join(SECTIONS)})\n", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{([a-z]+)\}\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A rendered prompt: what stands before the document, and what stands after it."""

    name: str
    version: int
    system: str
    instructions: str
    request: str

    @property
    def id(self) -> str:
        """Names the prompt in results, e.g. `extract-1`."""
        return f"{self.name}-{self.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A prompt's file."""

    name: str
    version: int
    sections: dict[str, str]

    @property
    def placeholders(self) -> set[str]:
        """What `render` must be given."""
        return {name for text in self.sections.values() for name in _PLACEHOLDER.findall(text)}

    def render(self, values: dict[str, str]) -> Prompt:
        """Fill in everything.

        Raises:
            ValueError: a placeholder has no value, or a value has no placeholder.
        """
        if set(values) != self.placeholders:
            raise ValueError(f"the prompt {self.name} takes {sorted(self.placeholders)}, not {sorted(values)}")
        clean = {name: value if isinstance(value, Fenced) else neutral(value) for name, value in values.items()}
        filled = {
            section: _PLACEHOLDER.sub(lambda match: clean[match.group(1)], text)
            for section, text in self.sections.items()
        }
        return Prompt(
            name=self.name,
            version=self.version,
            system=filled.get("System", ""),
            instructions=filled.get("Instructions", ""),
            request=filled.get("Request", ""),
        )


def render(name: PromptName, **values: str) -> Prompt:
    """The prompt of that name, filled in; see its file for what it takes."""
    return load(name).render(values)


def schema_text(schema: dict[str, Any]) -> str:
    """A JSON Schema as it stands in prompts: the same bytes whenever it is the same schema, and few of them."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


@lru_cache
def load(name: PromptName) -> Template:
    """The file of that prompt."""
    return parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def parse(text: str) -> Template:
    """A prompt's file.

    Raises:
        ValueError: it is not written as it must be.
    """
    found = _FILE.fullmatch(text)
    if found is None:
        raise ValueError("a prompt begins with its name and version")
    before, *parts = _HEADING.split(found["body"])
    headings, texts = parts[0::2], parts[1::2]
    if before.strip() or not headings or headings != [each for each in SECTIONS if each in headings]:
        raise ValueError(f"the sections of a prompt are {', '.join(SECTIONS)}, in this order")
    sections = {heading: text.strip() + "\n" for heading, text in zip(headings, texts, strict=True)}
    return Template(name=found["name"], version=int(found["version"]), sections=sections)
