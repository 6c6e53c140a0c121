"""The `Reranker` on a server with `/v1/rerank`, in the form that Jina, Cohere, vLLM, Infinity and llama.cpp share."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ModelUnavailable
from pipeline.model_settings import ServerReranker as Settings
from pipeline.models.openai_api.faults import Fault
from pipeline.models.openai_api.server import ModelServer
from pipeline.models.openai_api.watch import Watch

PATH = "rerank"
MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Some servers send the passages back."""


class _Result(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    index: int = Field(ge=0)
    relevance_score: float = Field(allow_inf_nan=False)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    results: list[_Result]


class ServerReranker:
    """Sends the query with all passages in one request."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.model
        self._seconds = settings.timeout_seconds
        self._server = ModelServer(settings.url, settings.api_key)

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """The server's scores, in the order of the passages.

        Raises:
            ModelUnavailable: the server cannot be reached or answers something else.
            ModelTimeout: it does not answer in time.
            ModelRejected: it refuses.
        """
        if not passages:
            return []
        query, *documents = (_encodable(text) for text in (query, *passages))
        body = {"model": self.name, "query": query, "documents": documents, "top_n": len(documents)}
        try:
            found = self._server.post(PATH, body, Watch(seconds=self._seconds, max_bytes=MAX_ANSWER_BYTES))
        except Fault as fault:
            raise fault.error from fault.__cause__
        try:
            scored = {each.index: each.relevance_score for each in _Answer.model_validate(found).results}
        except ValidationError as error:
            raise ModelUnavailable(f"{self._server.name} answered with something that is no ranking") from error
        if set(scored) != set(range(len(passages))):
            message = f"{self._server.name} scored {len(scored)} passages where {len(passages)} were sent"
            raise ModelUnavailable(message)
        return [scored[number] for number in range(len(passages))]


def _encodable(text: str) -> str:
    """Half a surrogate pair, as broken files hold them, cannot be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")
