"""How OpenAI-compatible servers differ, as data.

Sources: the servers' own protocol files and documentation as of autumn 2026. All take the same request: `messages` with
data URIs, `max_tokens`, `temperature`, `stream`, `stream_options`, and `response_format` of type `json_schema` with the
schema nested in it. Nothing else is sent, since one of them refuses fields that it does not know.
"""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

DialectName = Literal["vllm", "sglang", "tensorrt-llm", "llama.cpp", "ollama", "localai", "together", "groq", "generic"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """A way of asking the server how long a prompt is: POST the messages to `path`, and read `field`."""

    path: str
    field: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """What is particular about one make of server. Paths that begin with a slash stand at the server's root."""

    name: DialectName
    title: str
    owned_by: str | None = None
    """What its models' `owned_by` says."""
    hosts: tuple[str, ...] = ()
    """Where the hosted ones live."""
    own_path: str | None = None
    """A path that no other make answers with JSON."""
    bare_models: bool = False
    """Its models are listed with nothing but `id` and `object`."""
    version: str | None = None
    """Where it tells its version."""
    version_member: str = "version"
    context: tuple[str, ...] = ()
    """Members of a model's entry that tell how many tokens fit."""
    context_path: str | None = None
    """A path that tells it else, at `context`, its members parted by dots."""
    health: str = "models"
    count: Count | None = None
    """Only where it counts messages with their images."""
    output_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    audio: Literal["input_audio", "audio_url"] = "input_audio"
    json_schema: bool = True
    """Whether it holds answers to the schema, or says that it cannot; the others may ignore it and say nothing."""
    scores: bool = False
    """Whether log-probabilities come with streamed answers and are those behind the grammar, 0 for a forced token.

    llama.cpp, and what is built on it, gives those before the grammar; others were not seen running.
    """
    truncates: bool = False
    """Whether it drops the beginning of a prompt that is too long instead of refusing it."""


DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="vllm",
        title="vLLM",
        owned_by="vllm",
        version="/version",
        context=("max_model_len",),
        health="/health",
        count=Count(path="/tokenize", field="count"),
        scores=True,
    ),
    Dialect(
        name="sglang",
        title="SGLang",
        owned_by="sglang",
        version="/server_info",
        context=("max_model_len",),
        health="/health",
        audio="audio_url",
    ),
    Dialect(
        name="tensorrt-llm",
        title="TensorRT-LLM",
        owned_by="tensorrt_llm",
        version="/version",
        health="/health",
        audio="audio_url",
        json_schema=False,  # needs `guided_decoding_backend` in the server's YAML, which it does not tell
    ),
    Dialect(
        name="llama.cpp",
        title="llama.cpp",
        owned_by="llamacpp",
        version="/props",
        version_member="build_info",
        context=("default_generation_settings.n_ctx",),
        context_path="/props",
        health="/health",
        count=Count(path="/v1/chat/completions/input_tokens", field="input_tokens"),
    ),
    Dialect(
        name="ollama",
        title="Ollama",
        owned_by="library",
        own_path="/api/version",
        version="/api/version",
        health="/",
        truncates=True,
    ),
    Dialect(
        name="localai",
        title="LocalAI",
        bare_models=True,
        version="/version",
        health="/readyz",
        json_schema=False,
    ),
    Dialect(
        name="together",
        title="Together",
        hosts=("together.xyz", "together.ai"),
        context=("context_length",),
    ),
    Dialect(
        name="groq",
        title="Groq",
        hosts=("groq.com",),
        context=("context_window",),
        output_field="max_completion_tokens",
    ),
    Dialect(
        name="generic",
        title="OpenAI-compatible",
        context=("max_model_len", "context_length", "context_window"),
        json_schema=False,
    ),
)

_BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


def dialect_named(name: DialectName) -> Dialect:
    """The dialect of that name."""
    return _BY_NAME[name]


def recognized(url: str, entries: list[dict[str, Any]]) -> Dialect | None:
    """The dialect that the server's address, or its list of models, gives away."""
    host = urlsplit(url).hostname or ""
    owners = {str(entry.get("owned_by")) for entry in entries}
    for dialect in DIALECTS:
        if any(host == each or host.endswith("." + each) for each in dialect.hosts) or dialect.owned_by in owners:
            return dialect
    if entries and all(entry.keys() <= {"id", "object"} for entry in entries):
        return next(dialect for dialect in DIALECTS if dialect.bare_models)
    return None
