"""What looks at the best hits again."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.model_settings.addresses import ServerUrl
from pipeline.settings_group import ApiKey, LocalPath, SettingsGroup, Threads


class NoReranker(SettingsGroup):
    """Hits stay in the order of the fused search."""

    kind: Literal["none"] = "none"
    passages: PositiveInt = 50
    """How many of the best hits get a second look."""


class ServerReranker(SettingsGroup):
    """A server with `/v1/rerank`: vLLM, Infinity, llama.cpp, Jina, Cohere."""

    kind: Literal["server"] = "server"
    passages: PositiveInt = 50
    url: ServerUrl
    """Of the API, e.g. `http://gpu-2:8000/v1`."""
    api_key: ApiKey | None = None
    model: str
    timeout_seconds: PositiveFloat = 5.0
    """After which the hits stay as they were."""


class CrossEncoderReranker(SettingsGroup):
    """A cross-encoder in this process, on ONNX Runtime."""

    kind: Literal["cross-encoder"] = "cross-encoder"
    passages: PositiveInt = 50
    path: LocalPath
    """A folder with `model.onnx` and `tokenizer.json`; nothing is downloaded."""
    max_tokens: int = Field(default=512, ge=16)
    """Of query and passage together."""
    threads: Threads = 1


AnyReranker = NoReranker | ServerReranker | CrossEncoderReranker
