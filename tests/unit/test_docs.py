"""What is not documented fails here."""

from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from api.cli.main import app
from pipeline.settings import (
    EdgeVectors,
    MemoryDoorbell,
    NoChatModel,
    NoTranscriber,
    PocketSphinxTranscriber,
    QdrantVectors,
    RedisDoorbell,
    ScriptedChatModel,
    Settings,
    WatchFolder,
)

DOCS = Path(__file__).parents[2] / "docs"
ALTERNATIVES: dict[str, list[type[BaseModel]]] = {
    "vectors": [EdgeVectors, QdrantVectors],
    "doorbell": [MemoryDoorbell, RedisDoorbell],
    "chat": [NoChatModel, ScriptedChatModel],
    "transcriber": [PocketSphinxTranscriber, NoTranscriber],
}


def variables() -> list[str]:
    """Every setting as its environment variable."""
    names = []
    for name, field in Settings.model_fields.items():
        groups = ALTERNATIVES.get(name) or ([type(field.default)] if isinstance(field.default, BaseModel) else [])
        names += [f"SHEAF_{name}__{part}".upper() for group in groups for part in group.model_fields]
        if not groups and name != "watch":
            names.append(f"SHEAF_{name}".upper())
    return sorted(set(names))


@pytest.mark.parametrize("name", variables())
def test_every_setting_is_in_the_operations_page_with_a_meaning(name: str) -> None:
    rows = [line for line in (DOCS / "operations.md").read_text().splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1
    assert rows[0].split("|")[3].strip()


@pytest.mark.parametrize("name", sorted(WatchFolder.model_fields))
def test_every_key_of_a_watched_folder_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "operations.md").read_text()


def test_every_command_is_in_some_page() -> None:
    text = "".join(page.read_text() for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md"])
    commands = get_command(app).commands  # type: ignore[attr-defined]  # a Typer app with commands is a group
    assert [name for name in commands if f"sheaf {name}" not in text] == []


def test_no_link_between_pages_is_broken() -> None:
    for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]:
        for target in _links(page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def _links(text: str) -> list[str]:
    found = (part.split(")")[0].split("#")[0] for part in text.split("](")[1:])
    return [link for link in found if link and "://" not in link]
