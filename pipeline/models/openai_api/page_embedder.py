"""The `PageEmbedder` on a server with vLLM's `/pooling`, which gives a vector for each token of a model's input.

As vLLM 0.32 has it (`entrypoints/pooling`, `examples/pooling/token_embed`): a page is a chat message with a picture, a
query is plain `input`; the task `token_embed` is refused by servers of other models. The numbers come as base64 of
little-endian float32, row behind row, which is a fifth of their JSON; servers that send JSON numbers all the same are
understood too.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ModelRejected, ModelUnavailable
from pipeline.model_settings import ServerPageEmbedder as Settings
from pipeline.models.openai_api.vector_server import Number, VectorServer, name_of
from pipeline.models.page_embedding import Matrix

PATH = "/pooling"
FLOAT32 = np.dtype("<f4")
ASKED = {"task": "token_embed", "encoding_format": "base64", "embed_dtype": "float32", "endianness": "little"}


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    data: str | list[list[Number]]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    data: list[_Row] = Field(min_length=1, max_length=1)


class ServerPageEmbedder:
    """Sends each page in a request of its own; the server puts together what comes side by side."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.name = _name(settings)
        self.dimensions = settings.dimensions
        self.side_px = settings.side_px
        self.max_pages = settings.max_pages
        self._server = VectorServer(settings, "page_embedder")

    def embed_pages(self, pages: Sequence[bytes]) -> list[Matrix]:
        """A matrix for each page.

        Raises:
            ModelUnavailable: the server cannot be reached, is busy, or answers something else.
            ModelTimeout: it does not answer in time.
            ModelRejected: it refuses, or its vectors are longer, shorter or more than the settings say.
        """
        asked = [self._page(page) for page in pages]
        seconds = self._settings.timeout_seconds
        if len(asked) <= 1:
            return [self._ask(body, seconds) for body in asked]
        with ThreadPoolExecutor(self._settings.parallel, "sheaf-pages") as pool:
            made = [pool.submit(self._ask, body, seconds) for body in asked]
            try:
                return [each.result() for each in made]
            finally:
                pool.shutdown(cancel_futures=True)  # after a failure the rest is not sent

    def embed_query(self, query: str) -> Matrix:
        """The query's matrix.

        Raises:
            ModelError: as `embed_pages`.
        """
        text = self._settings.query_prefix + query + self._settings.query_suffix
        sent = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent
        return self._ask({"input": sent}, self._settings.query_timeout_seconds)

    def _page(self, page: bytes) -> dict[str, Any]:
        url = "data:image/jpeg;base64," + b64encode(page).decode("ascii")
        content: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}}]
        if self._settings.page_text:
            content.append({"type": "text", "text": self._settings.page_text})
        return {"messages": [{"role": "user", "content": content}]}

    def _ask(self, body: dict[str, Any], seconds: float) -> Matrix:
        most = self._settings.max_vectors
        return self._read(self._server.ask(PATH, {**body, **ASKED}, vectors=most, seconds=seconds))

    def _read(self, found: Any) -> Matrix:  # noqa: ANN401 - any JSON value
        no_vectors = partial(ModelUnavailable, f"{self._server.name} answered with something that is no vectors")
        try:
            (row,) = _Answer.model_validate(found).data
            vectors = self._decoded(row.data) if isinstance(row.data, str) else np.array(row.data, np.float32)
        except (ValidationError, ValueError, binascii.Error) as error:
            raise no_vectors() from error
        if vectors.ndim != 2 or not len(vectors):
            raise no_vectors()
        self._check(vectors)
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.isfinite(lengths).all() or not lengths.any():
            raise no_vectors()
        told = lengths > 0  # what is padded says nothing
        unit: Matrix = (vectors[told] / lengths[told, None]).astype(np.float32)
        return unit

    def _decoded(self, data: str) -> Matrix:
        """The rows are as long as the settings say: base64 does not tell."""
        numbers = np.frombuffer(b64decode(data, validate=True), FLOAT32)
        if len(numbers) % self.dimensions:
            raise ModelRejected(
                f"{self._server.name} sent {len(numbers)} numbers, which are no vectors of page_embedder.dimensions, "
                f"{self.dimensions}",
                numbers=len(numbers),
            )
        return numbers.reshape(-1, self.dimensions)

    def _check(self, vectors: Matrix) -> None:
        count, length = vectors.shape
        self._server.check_length(length)
        if count > self._settings.max_vectors:
            message = (
                f"{self._server.name} sent {count} vectors; page_embedder.max_vectors is {self._settings.max_vectors}"
            )
            raise ModelRejected(message, vectors=count)


def _name(settings: Settings) -> str:
    """The pictures' size makes other matrices too, and the words beside them."""
    texts = f"{settings.page_text}\0{settings.query_prefix}\0{settings.query_suffix}"
    digest = sha256(texts.encode("utf-8", "replace")).hexdigest()[:8]
    return name_of(settings, f"{settings.side_px}px", digest)
