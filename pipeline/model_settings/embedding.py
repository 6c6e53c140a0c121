"""What makes vectors of passages and queries."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.model_settings.addresses import ServerUrl
from pipeline.settings_group import ApiKey, LocalPath, SettingsGroup, Threads


class MiniLMEmbedder(SettingsGroup):
    """all-MiniLM-L6-v2 from its Python package, on ONNX Runtime."""

    kind: Literal["minilm"] = "minilm"
    threads: Threads = 1


class OpenAIEmbedder(SettingsGroup):
    """A model on a server with `/v1/embeddings`: vLLM, Text Embeddings Inference, llama.cpp, hosted ones."""

    kind: Literal["openai"] = "openai"
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`."""
    api_key: ApiKey | None = None
    model: str = Field(min_length=1)
    """Its name at the server."""
    revision: str = ""
    """To be changed when the server gets other weights under the same name."""
    dimensions: int = Field(ge=1, le=65_536)
    """Length of its vectors; others are refused."""
    max_tokens: int = Field(default=512, ge=16)
    """Of a passage, the model's own special tokens included; at most what the model takes."""
    tokenizer: LocalPath | None = None
    """The model's `tokenizer.json`. Without it a byte counts as a token: passages are about a fourth as long."""
    query_prefix: str = ""
    """What the model wants before a query, e.g. `query: `."""
    passage_prefix: str = ""
    """And before a passage, e.g. `passage: `."""
    batch: int = Field(default=32, ge=1, le=2048)
    """Texts in one request."""
    parallel: PositiveInt = 8
    """Requests of this process at a time; more wait for their turn."""
    timeout_seconds: PositiveFloat = 30.0
    """Longest time for one request."""


AnyEmbedder = MiniLMEmbedder | OpenAIEmbedder
