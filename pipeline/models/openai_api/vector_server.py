"""A server of vectors: what the models of texts and of pages that run on one share."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field

from pipeline.errors import ModelRejected, ModelUnavailable
from pipeline.model_settings import OpenAIEmbedder, ServerPageEmbedder
from pipeline.models.openai_api.faults import Fault
from pipeline.models.openai_api.server import ModelServer
from pipeline.models.openai_api.watch import Watch

BYTES_A_NUMBER = 32
"""Of JSON, at most; the answer may be as long as its numbers, and a little around them."""
BYTES_AROUND = 1024 * 1024

Number = Annotated[float, Field(allow_inf_nan=False)]


class VectorServer:
    """Sends so many requests at a time as the settings say. `key` is what the settings call the model."""

    def __init__(self, settings: OpenAIEmbedder | ServerPageEmbedder, key: str) -> None:
        self._settings = settings
        self._key = key
        self._server = ModelServer(settings.url, settings.api_key)
        self._free = threading.BoundedSemaphore(settings.parallel)
        self.name = self._server.name

    def ask(self, path: str, body: dict[str, Any], *, vectors: int, seconds: float) -> Any:  # noqa: ANN401 - any JSON value
        """What is answered, not yet looked at; longer than so many vectors it cannot be.

        Raises:
            ModelUnavailable: the server cannot be reached or is busy.
            ModelTimeout: it does not answer in time.
            ModelRejected: it refuses.
        """
        longest = vectors * self._settings.dimensions * BYTES_A_NUMBER + BYTES_AROUND
        asked = {"model": self._settings.model, **body}
        with self._turn(seconds):
            try:
                return self._server.post(path, asked, Watch(seconds=seconds, max_bytes=longest))
            except Fault as fault:
                raise fault.error from fault.__cause__

    def check_length(self, length: int) -> None:
        """Vectors of another length than the settings say are another model's.

        Raises:
            ModelRejected: this is one.
        """
        dimensions = self._settings.dimensions
        if length != dimensions:
            message = f"{self.name} sent vectors of {length} numbers; {self._key}.dimensions is {dimensions}"
            raise ModelRejected(message, dimensions=length)

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        if not self._free.acquire(timeout=seconds):
            message = f"{self._settings.parallel} requests to {self.name} have not ended ({self._key}.parallel)"
            raise ModelUnavailable(message, reached=False)
        try:
            yield
        finally:
            self._free.release()


def name_of(settings: OpenAIEmbedder | ServerPageEmbedder, *more: str) -> str:
    """Whatever makes vectors different: model, weights, dimensions, and what else there is."""
    return "@".join(part for part in (settings.model, settings.revision, str(settings.dimensions), *more) if part)
