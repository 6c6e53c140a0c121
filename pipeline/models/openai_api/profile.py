"""What a server is and offers, asked of it."""

from dataclasses import dataclass
from typing import Any, Literal

from pipeline.errors import ModelRejected
from pipeline.models.openai_api.dialects import Dialect, DialectName, dialect_named, recognized
from pipeline.models.openai_api.faults import Fault
from pipeline.models.openai_api.server import ModelServer

TOLD_MODELS = 20
"""How many of a server's models are named in a message: hosted ones have hundreds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A server as it answers now."""

    dialect: Dialect
    models: tuple[str, ...] | None
    """What it serves; `None` where it has no list."""
    context_tokens: int | None
    """Of our model, prompt and answer together."""
    version: str | None


def probe(server: ModelServer, model: str, dialect: DialectName | Literal["auto"] = "auto") -> Profile:
    """Ask the server what it is and what it offers.

    Raises:
        Fault: it cannot be reached, or refuses the key, or does not serve the model.
    """
    entries = _entries(server)
    known = dialect_named(dialect) if dialect != "auto" else _recognize(server, entries or [])
    names = None if entries is None else tuple(str(entry["id"]) for entry in entries)
    entry = next((entry for entry in entries or () if entry["id"] == model), None)
    if names and entry is None and not _aliased(known, names, model):
        raise Fault(ModelRejected(unknown_model(server.name, model, names)))
    version = _text(server, known.version, known.version_member)
    return Profile(dialect=known, models=names, context_tokens=_context(server, known, entry), version=version)


def unknown_model(server: str, model: str, names: tuple[str, ...]) -> str:
    """What to say where a server does not serve the model."""
    more = f" and {len(names) - TOLD_MODELS} more" if len(names) > TOLD_MODELS else ""
    return f"{server} does not serve {model!r} (setting chat.model); it serves {', '.join(names[:TOLD_MODELS])}{more}"


def _aliased(dialect: Dialect, names: tuple[str, ...], model: str) -> bool:
    """llama.cpp answers for its one model whatever it is called; Ollama adds the tag `latest`."""
    return dialect.name == "llama.cpp" or f"{model}:latest" in names


def _entries(server: ModelServer) -> list[dict[str, Any]] | None:
    """The server's models; `None` where it does not list them."""
    try:
        found = server.get("models")
    except Fault as fault:
        if fault.error.facts.get("status") in {404, 405, 501}:
            return None
        raise
    listed = found.get("data") if isinstance(found, dict) else found  # Together lists them without a frame
    if not isinstance(listed, list):
        return None
    return [entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str)]


def _recognize(server: ModelServer, entries: list[dict[str, Any]]) -> Dialect:
    found = recognized(server.url, entries)
    if found is not None:
        return found
    # Ollama's models may be owned by anybody.
    ollama = dialect_named("ollama")
    return ollama if _text(server, ollama.own_path, "version") else dialect_named("generic")


def _context(server: ModelServer, dialect: Dialect, entry: dict[str, Any] | None) -> int | None:
    source = entry if dialect.context_path is None else _optional(server, dialect.context_path)
    found = [_member(source, path) for path in dialect.context]
    return next((value for value in found if isinstance(value, int) and value > 0), None)


def _text(server: ModelServer, path: str | None, member: str) -> str | None:
    found = _member(_optional(server, path), member) if path is not None else None
    return found[:40] if isinstance(found, str) and found else None


def _optional(server: ModelServer, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """What a path answers; `None` where the server has no such path, which costs a detail only."""
    try:
        return server.get(path)
    except Fault:
        return None


def _member(value: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """The member at a path parted by dots; `None` where there is none."""
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
