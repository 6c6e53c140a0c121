"""What is not documented fails here, and so does what is documented otherwise than it is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined
from typer.main import get_command

from api.cli.main import app
from api.http.metrics import exposition
from api.http.requests import MAX_JSON_BYTES
from pipeline.answering.answer import NOT_FOUND
from pipeline.errors import all_errors
from pipeline.jobs.options import MAX_COLLECTION_LENGTH, MAX_METADATA_BYTES
from pipeline.model_settings import (
    ChatTranscriber,
    CrossEncoderReranker,
    MiniLMEmbedder,
    MoonshineTranscriber,
    NoChatModel,
    NoPageEmbedder,
    NoReranker,
    NoTranscriber,
    OpenAIChatModel,
    OpenAIEmbedder,
    OpenAITranscriber,
    PocketSphinxTranscriber,
    ScriptedChatModel,
    ServerPageEmbedder,
    ServerReranker,
    TransformersChatModel,
    WhisperTranscriber,
)
from pipeline.settings import (
    EdgeVectors,
    FolderBlobs,
    MemoryDoorbell,
    NoTracing,
    OtelTracing,
    QdrantVectors,
    RedisDoorbell,
    S3Blobs,
    Settings,
    WatchFolder,
)
from pipeline.settings_group import MIB
from pipeline.stores.records.figures import Figures
from pipeline.tracing.attributes import Attribute
from schemas.answers import Filters
from workers.gpu.exporter import METRICS
from workers.gpu.presets import PRESETS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*DOCS.rglob("*.md"), *(ROOT / n for n in ("README.md", "CONTRIBUTING.md"))]
ALTERNATIVES: dict[str, list[type[BaseModel]]] = {
    "blobs": [FolderBlobs, S3Blobs],
    "vectors": [EdgeVectors, QdrantVectors],
    "doorbell": [MemoryDoorbell, RedisDoorbell],
    "chat": [NoChatModel, ScriptedChatModel, OpenAIChatModel, TransformersChatModel],
    "embedder": [MiniLMEmbedder, OpenAIEmbedder],
    "page_embedder": [NoPageEmbedder, ServerPageEmbedder],
    "reranker": [NoReranker, ServerReranker, CrossEncoderReranker],
    "transcriber": [
        *(MoonshineTranscriber, PocketSphinxTranscriber, NoTranscriber),
        *(WhisperTranscriber, OpenAITranscriber, ChatTranscriber),
    ],
    "tracing": [NoTracing, OtelTracing],
}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def settings() -> dict[str, Any]:
    """Every setting as its environment variable, with its default; of alternatives the default one's."""
    found: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        if name != "watch":
            note_settings(found, f"SHEAF_{name}".upper(), field.default, ALTERNATIVES.get(name))
    return found


def note_settings(found: dict[str, Any], name: str, default: Any, groups: list[type[BaseModel]] | None = None) -> None:
    """A group's settings go below its name, however deep."""
    groups = groups or ([type(default)] if isinstance(default, BaseModel) else [])
    for group in groups:
        for part, inner in group.model_fields.items():
            note_settings(found, f"{name}__{part}".upper(), inner.default)
    if not groups:
        found.setdefault(name, default)


def shown(default: object) -> str:
    """A default as the tables show it."""
    if default is None:
        return "none"
    if default is PydanticUndefined:
        return "required"
    if isinstance(default, SecretStr):
        return f"`{default.get_secret_value()}`"
    if isinstance(default, int) and default and default % MIB == 0:
        return f"{default // MIB} MiB"
    return f"`{default}`"


def cells(name: str, key: str) -> list[str]:
    """The cells of the one row about something."""
    rows = [line for line in page(name).splitlines() if line.startswith(f"| `{key}` |")]
    assert len(rows) == 1, f"docs/{name} has {len(rows)} rows for {key}"
    return [cell.strip() for cell in rows[0].strip("|").split(" | ")]


@pytest.mark.parametrize("name", sorted(settings()))
def test_every_setting_is_in_the_table_of_settings_with_its_default_and_a_meaning(name: str) -> None:
    _, default, meaning = cells("operations/settings.md", name)
    assert default == shown(settings()[name])
    assert meaning


def test_the_table_of_settings_shows_none_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| `(SHEAF_\w+)`", page("operations/settings.md"), re.MULTILINE)) == set(settings())


@pytest.mark.parametrize("name", sorted(WatchFolder.model_fields))
def test_every_key_of_a_watched_folder_is_documented(name: str) -> None:
    _, default, meaning = cells("operations/settings.md", name)
    assert default == shown(WatchFolder.model_fields[name].default)
    assert meaning


def commands(command: Any, above: str = "sheaf") -> Iterator[tuple[str, Any]]:
    """All commands that do something, by the words that call them."""
    below = getattr(command, "commands", None)
    if below is None:
        yield above, command
    for name, one in (below or {}).items():
        yield from commands(one, f"{above} {name}")


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_table_of_commands(name: str) -> None:
    table = [line for line in page("start.md").splitlines() if line.startswith("| `sheaf")]
    assert any(re.search(rf"`{name}[ `]", line) for line in table)


CALL = re.compile(r"^ {4}(?:\.venv/bin/)?(sheaf [a-z].*)$", re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_calls_a_command_or_an_option_that_is_none(path: Path) -> None:
    for line in CALL.findall(path.read_text(encoding="utf-8")):
        words = line.split("#")[0].split(" -- ")[0].split()  # what follows is for another program
        name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in COMMANDS), None)
        assert name is not None, line
        options = {option for one in COMMANDS[name].params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_every_metric_is_documented() -> None:
    figures = Figures(jobs={}, stages={}, oldest_seconds={}, deliveries={})
    for metric in re.findall(r"# TYPE (\w+)", exposition(figures)):
        assert re.search(rf"^\| `{metric}[`{{]", page("operations/monitoring.md"), re.MULTILINE)


def test_every_attribute_of_a_span_is_documented() -> None:
    table = [line for line in page("operations/tracing.md").splitlines() if line.startswith("| `")]
    assert {name for name in get_args(Attribute) if not any(f"`{name}`" in line for line in table)} == set()


def test_every_metric_and_every_preset_of_a_gpu_worker_is_documented() -> None:
    text = page("operations/gpu-hosts.md")
    assert [name for name in METRICS if f"| `{name}` |" not in text] == []
    for preset in PRESETS.values():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{preset.name}` |")]
        assert row.endswith(f" | `{preset.served_as}` | {preset.stages} |")


def test_the_limits_are_those_of_the_code() -> None:
    """Limits without a setting; those with one are checked by their defaults."""
    text = page("operations/limits.md")
    assert MAX_JSON_BYTES == MIB
    assert "| a JSON body | 1 MiB |" in text
    assert MAX_METADATA_BYTES == 16 * 1024
    assert "| `metadata` | 16 kB |" in text
    assert f"| the name of a collection | {MAX_COLLECTION_LENGTH} printable characters |" in text
    for setting in re.findall(r"\| `((?:http|reading|sandbox|batches|jobs)\.\w+)` \|", text):
        assert f"SHEAF_{setting.replace('.', '__')}".upper() in settings(), setting


def test_every_setting_that_a_page_names_exists() -> None:
    groups = {name for name, field in Settings.model_fields.items() if isinstance(field.default, BaseModel)}
    known = {name.removeprefix("SHEAF_").lower().replace("__", ".") for name in settings()}
    for path in PAGES:
        for named in re.findall(rf"`((?:{'|'.join(groups)})\.[a-z_]+)`", path.read_text(encoding="utf-8")):
            known_here = named in get_args(Attribute) or any(f"{one}.".startswith(f"{named}.") for one in known)
            assert known_here, f"{path.name}: {named}"


def test_every_problem_that_a_page_names_exists() -> None:
    known = {cls.name for cls in all_errors()}
    named = re.findall(r"\(`([a-z]+(?:-[a-z]+)+)`\)", "".join(path.read_text(encoding="utf-8") for path in PAGES))
    assert named
    assert set(named) <= known


def test_every_filter_is_documented_and_the_words_of_no_answer() -> None:
    assert [name for name in Filters.model_fields if f"| `{name}` |" not in page("corpus.md")] == []
    assert NOT_FOUND in page("corpus.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_link_between_pages_is_broken(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        other = path.parent / name if name else path
        assert other.exists(), f"{path.name} → {target}"
        if heading:
            assert heading in _anchors(other.read_text(encoding="utf-8")), f"{path.name} → {target}"


def test_every_page_of_operations_is_in_their_index() -> None:
    pages = {path.name for path in (DOCS / "operations").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in page("operations/README.md")} == set()


def test_no_file_outside_the_docs_names_a_page_that_is_none() -> None:
    named = 0
    for folder in ("api", "bench", "deploy", "examples", "pipeline", "schemas", "tests", "workers"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".sh", ".sql", ".toml", ".yaml"}:
                for name in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text(encoding="utf-8")):
                    named += 1
                    assert (ROOT / name).is_file(), f"{path.relative_to(ROOT)} → {name}"
    assert named


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
