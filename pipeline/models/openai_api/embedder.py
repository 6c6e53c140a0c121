"""The `Embedder` on a server with `/v1/embeddings`: vLLM, Text Embeddings Inference, llama.cpp, hosted ones."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ModelRejected, ModelUnavailable
from pipeline.model_settings import OpenAIEmbedder as Settings
from pipeline.models.openai_api.text_tokens import TextTokens
from pipeline.models.openai_api.vector_server import Number, VectorServer, name_of

PATH = "embeddings"
BLANK = "0"
"""Sent for a text of white space; some servers refuse an empty one."""
UNCOUNTED = 4
"""Special tokens of a text that a server may leave out of its count."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    index: int = Field(ge=0)
    embedding: list[Number]


class _Usage(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    prompt_tokens: int = Field(default=0, ge=0)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    data: list[_Row]
    usage: _Usage | None = None


class OpenAIEmbedder:
    """Sends texts in batches; no text has more tokens than `max_tokens`, so that no server has to cut one.

    A longer text is cut here, between tokens. Where the server says that it read fewer tokens than were sent, it has
    cut texts all the same, and is not believed.

    Raises:
        SettingsError: the tokenizer cannot be read, or a prefix leaves no room for a text.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.name = _name(settings)
        self.dimensions = settings.dimensions
        self.max_tokens = settings.max_tokens
        self._tokens = TextTokens(settings.tokenizer)
        for prefix in (settings.query_prefix, settings.passage_prefix):
            self._tokens.check_room(prefix, settings.max_tokens)
        self._server = VectorServer(settings, "embedder")

    def count_tokens(self, text: str) -> int:
        """Tokens of the text with the prefix of passages, the special ones included, never cut."""
        return self._tokens.count(self._settings.passage_prefix + text)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a passage, in the order given.

        Raises:
            ModelUnavailable: the server cannot be reached, is busy, or answers something else.
            ModelTimeout: it does not answer in time.
            ModelRejected: it refuses, cuts texts, or its vectors have another length than the settings say.
        """
        return self._embed(self._settings.passage_prefix, texts)

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """The query's vector.

        Raises:
            ModelError: as `embed`.
        """
        vector: NDArray[np.float32] = self._embed(self._settings.query_prefix, [query])[0]
        return vector

    def _embed(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        sent = [self._tokens.cut(prefix + (text if text.strip() else BLANK), self.max_tokens) for text in texts]
        vectors = np.empty((len(sent), self.dimensions), np.float32)
        for start in range(0, len(sent), self._settings.batch):
            batch = sent[start : start + self._settings.batch]
            vectors[start : start + len(batch)] = self._ask(batch)
        return vectors

    def _ask(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = self._server.ask(
            PATH, {"input": list(texts)}, vectors=len(texts), seconds=self._settings.timeout_seconds
        )
        return self._read(found, texts)

    def _read(self, found: Any, texts: Sequence[str]) -> NDArray[np.float32]:  # noqa: ANN401 - any JSON value
        try:
            answer = _Answer.model_validate(found)
        except ValidationError as error:
            raise ModelUnavailable(f"{self._server.name} answered with something that is no embeddings") from error
        rows = {row.index: row.embedding for row in answer.data}
        if len(answer.data) != len(texts) or set(rows) != set(range(len(texts))):
            message = f"{self._server.name} embedded {len(answer.data)} texts where {len(texts)} were sent"
            raise ModelUnavailable(message)
        self._check(rows, answer, texts)
        vectors = np.array([rows[number] for number in range(len(texts))], np.float64)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise ModelUnavailable(f"{self._server.name} sent a vector that points nowhere")
        unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
        return unit

    def _check(self, rows: dict[int, list[float]], answer: _Answer, texts: Sequence[str]) -> None:
        for row in rows.values():
            self._server.check_length(len(row))
        read = answer.usage.prompt_tokens if answer.usage else 0
        if read and self._tokens.exact:
            sent = sum(map(self._tokens.count, texts))
            if read < sent - UNCOUNTED * len(texts):
                message = (
                    f"{self._server.name} read {read} tokens of {sent} that were sent: it cuts texts, and "
                    "embedder.max_tokens must be smaller, or embedder.tokenizer is another model's"
                )
                raise ModelRejected(message, sent=sent, read=read)


def _name(settings: Settings) -> str:
    """What stands before the texts makes other vectors too."""
    prefixes = settings.query_prefix + "\0" + settings.passage_prefix
    if prefixes == "\0":
        return name_of(settings)
    return name_of(settings, sha256(prefixes.encode("utf-8", "replace")).hexdigest()[:8])
