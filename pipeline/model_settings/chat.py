"""What answers, and what it costs."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from pipeline.model_settings.addresses import ServerUrl
from pipeline.settings_group import ApiKey, LocalPath, NonNegativeDecimal, SettingsGroup


class Prices(SettingsGroup):
    """What a chat model costs, in the settings' `currency`. Of both kinds the ones that apply are added."""

    input_per_million: NonNegativeDecimal = Decimal(0)
    """For a million prompt tokens."""
    output_per_million: NonNegativeDecimal = Decimal(0)
    """For a million tokens of answers."""
    server_hour: NonNegativeDecimal = Decimal(0)
    """For an hour in which the model's server works; requests that run side by side share it."""


class NoChatModel(SettingsGroup):
    """No chat model: the rule reader answers."""

    kind: Literal["none"] = "none"


class ScriptedChatModel(SettingsGroup):
    """Answers from a JSON file, for tests."""

    kind: Literal["scripted"] = "scripted"
    path: LocalPath
    prices: Prices = Prices()


class ModelServer(SettingsGroup):
    """One of several servers with the same model."""

    url: ServerUrl
    """Of the API, e.g. `http://gpu-1:8000/v1`."""
    api_key: ApiKey | None = None


class OpenAIChatModel(SettingsGroup):
    """A model on OpenAI-compatible servers: vLLM, SGLang, llama.cpp, hosted ones."""

    kind: Literal["openai"] = "openai"
    model: str
    """Its name at the servers."""
    servers: list[ModelServer] = Field(min_length=1)
    """Requests go to the least loaded; one that fails is left out until it answers again."""
    dialect: Literal[
        "auto", "vllm", "sglang", "tensorrt-llm", "llama.cpp", "ollama", "localai", "together", "groq", "generic"
    ] = "auto"
    """The make of the servers; `auto` asks them."""
    context_tokens: PositiveInt | None = None
    """Prompt and answer together, at most what the servers say. Default: what they say, else 8192."""
    max_output_tokens: PositiveInt | None = None
    """Of one answer, where the servers allow less than is asked for."""
    max_images: NonNegativeInt = 10
    """In one request; 0 for a model that sees none."""
    max_tiles: int = Field(default=16, ge=1, le=64)
    """Of a Llama 4 processor, as the servers run it: tiles of 336 px in one image."""
    image_tokens: Literal["llama4", "pixels"] = "llama4"
    """How an image's tokens are counted before it is sent; `pixels` for models that take a token for 28 by 28 px."""
    audio: bool = False
    """Whether the model takes sound; no Llama 4 does."""
    tokenizer: LocalPath | None = None
    """The model's `tokenizer.json`, to count texts exactly; else they are counted by bytes, a little too high."""
    timeout_seconds: PositiveFloat = 600.0
    """Longest time for one whole answer."""
    parallel: PositiveInt = 8
    """Requests to one server at a time."""
    max_waiting: PositiveInt = 256
    """Requests that wait for a free server; more are told that the model is busy."""
    prices: Prices = Prices()


class TransformersChatModel(SettingsGroup):
    """A Llama 4 in this process, on CPU or one GPU; needs the extra `transformers`."""

    kind: Literal["transformers"] = "transformers"
    path: LocalPath
    """A folder with the checkpoint: configuration, weights, tokenizer, processor. Nothing is downloaded."""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    """`auto` is the first GPU where there is one."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """`auto` is what the checkpoint was saved in."""
    context_tokens: PositiveInt | None = None
    """Prompt and answer together; also of a whole batch, padding included, which bounds the memory of keys and values.
    Default: what the checkpoint allows, at most 131,072."""
    max_images: NonNegativeInt = 10
    """In one request."""
    max_batch: PositiveInt = 8
    """Requests that are answered together."""
    max_prepared: PositiveInt = 32
    """Requests whose images are decoded and wait for a batch; those behind them wait undecoded."""
    prices: Prices = Prices()


ChatSettings = Annotated[
    NoChatModel | ScriptedChatModel | OpenAIChatModel | TransformersChatModel, Field(discriminator="kind")
]
"""A chat model, or that there is none."""
