"""Models whose requests are spans: wrappers around the ports, put on where something is traced."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest
from pipeline.models.embedding import AsksOtherwise, Embedder
from pipeline.models.page_embedding import Matrix, PageEmbedder
from pipeline.models.rerank import Reranker
from pipeline.models.spending import Wrapped
from pipeline.models.transcription import Transcriber, Transcript
from pipeline.tracing.attributes import Attribute, Facts, Value
from pipeline.tracing.current import active, current, note_failure, spanned
from pipeline.tracing.spans import NoTracer, Span, Tracer


class TracedChat(Wrapped):
    """A span for each request at the wrapped model, with its tokens and without a word of it.

    Waiting for a turn (`feeding`) is not in it; waiting for a free server, and trying another one, is.
    """

    def __init__(self, model: ChatModel, tracer: Tracer) -> None:
        super().__init__(model)
        self._tracer = tracer

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        """As the wrapped model answers."""
        about = _about("chat", self.name) | {"gen_ai.request.max_tokens": request.max_tokens}
        span = self._tracer.start(f"chat {self.name}", "client", parent=current().context, facts=about)
        pieces = iter(self._model.stream(request, stopped))
        ended = False
        try:
            # The span is the present one while the model works, and never while our caller has the word: whoever
            # asks for the next piece may be another thread, and has a present span of its own.
            while (piece := _next(pieces, span)) is not None:
                if isinstance(piece, ChatAnswer):
                    ended = True  # now, since few who have the answer ask for what comes behind it
                    span.note(_spent(piece))
                    span.end()
                yield piece
        except BaseException as error:
            if not ended:
                _break_off(span, error)
            raise
        finally:
            _close(pieces, span)
            if not ended:
                span.end()


def _next(pieces: Iterator[str | ChatAnswer], span: Span) -> str | ChatAnswer | None:
    with active(span):
        return next(pieces, None)


def _break_off(span: Span, error: BaseException) -> None:
    """It ends without an answer; a caller that wants no more is no failure."""
    if isinstance(error, GeneratorExit):
        span.note({"sheaf.status": "broken-off"})
    else:
        note_failure(span, error)


def _close(pieces: Iterator[str | ChatAnswer], span: Span) -> None:
    """Ends the request at the server now, and not when somebody collects the generator."""
    with active(span):
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _spent(answer: ChatAnswer) -> Facts:
    return {
        "gen_ai.usage.input_tokens": answer.input_tokens,
        "gen_ai.usage.output_tokens": answer.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": answer.cached_tokens,
        "gen_ai.response.finish_reasons": answer.finish_reason,
    }


class QueryEmbedder(Embedder, AsksOtherwise, Protocol):
    """What an embedding server is; one in the process is quick, and has no spans."""


_Embedding = TypeVar("_Embedding", bound=QueryEmbedder | PageEmbedder)


class _Traced(Generic[_Embedding]):
    """What makes vectors, with a span for each call."""

    def __init__(self, embedder: _Embedding, tracer: Tracer, model: str) -> None:
        """`model` is what the span is called: the embedder's own name has a hash of its settings in it."""
        self._embedder = embedder
        self._tracer = tracer
        self._model = model

    @property
    def name(self) -> str:
        """The wrapped one's."""
        return self._embedder.name

    @property
    def dimensions(self) -> int:
        """The wrapped one's."""
        return self._embedder.dimensions

    def _span(self) -> AbstractContextManager[Span]:
        about = _about("embeddings", self._model)
        return spanned(self._tracer, f"embeddings {self._model}", "client", parent=current().context, facts=about)


class TracedEmbedder(_Traced[QueryEmbedder]):
    """An embedding server's."""

    @property
    def max_tokens(self) -> int:
        """The wrapped one's."""
        return self._embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        """As the wrapped one counts."""
        return self._embedder.count_tokens(text)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the wrapped one embeds."""
        with self._span():
            return self._embedder.embed(texts)

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """As the wrapped one embeds a query."""
        with self._span():
            return self._embedder.embed_query(query)


class TracedPageEmbedder(_Traced[PageEmbedder]):
    """A model's of page pictures."""

    @property
    def side_px(self) -> int:
        """The wrapped one's."""
        return self._embedder.side_px

    @property
    def max_pages(self) -> int:
        """The wrapped one's."""
        return self._embedder.max_pages

    def embed_pages(self, pages: Sequence[bytes]) -> list[Matrix]:
        """As the wrapped one embeds."""
        with self._span():
            return self._embedder.embed_pages(pages)

    def embed_query(self, query: str) -> Matrix:
        """As the wrapped one embeds a query."""
        with self._span():
            return self._embedder.embed_query(query)


class TracedReranker:
    """A span for each call."""

    def __init__(self, reranker: Reranker, tracer: Tracer) -> None:
        self._reranker = reranker
        self._tracer = tracer

    @property
    def name(self) -> str:
        """The wrapped one's."""
        return self._reranker.name

    def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """As the wrapped one scores."""
        about = _about("rerank", self.name)
        with spanned(self._tracer, f"rerank {self.name}", "client", parent=current().context, facts=about):
            return self._reranker.scores(query, passages)


class TracedTranscriber:
    """A span for each recording."""

    def __init__(self, transcriber: Transcriber, tracer: Tracer, model: str) -> None:
        """`model` is what the span is called."""
        self._transcriber = transcriber
        self._tracer = tracer
        self._model = model

    def transcribe(
        self,
        samples: NDArray[np.float32],
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Transcript:
        """As the wrapped one hears."""
        about = _about("transcribe", self._model)
        with spanned(self._tracer, f"transcribe {self._model}", "client", parent=current().context, facts=about):
            return self._transcriber.transcribe(samples, progress=progress, cancelled=cancelled)


def _about(operation: str, model: str) -> dict[Attribute, Value | None]:
    return {"gen_ai.operation.name": operation, "gen_ai.request.model": model}


def traced_chat(model: ChatModel, tracer: Tracer) -> ChatModel:
    """The model with spans; the model itself where nothing is traced."""
    return model if isinstance(tracer, NoTracer) else TracedChat(model, tracer)


def traced_reranker(reranker: Reranker | None, tracer: Tracer) -> Reranker | None:
    """The like for a reranker."""
    return reranker if reranker is None or isinstance(tracer, NoTracer) else TracedReranker(reranker, tracer)


def traced_embedder(embedder: QueryEmbedder, tracer: Tracer, model: str) -> Embedder:
    """The like for an embedding server."""
    return embedder if isinstance(tracer, NoTracer) else TracedEmbedder(embedder, tracer, model)


def traced_page_embedder(embedder: PageEmbedder, tracer: Tracer, model: str) -> PageEmbedder:
    """The like for a model of page pictures."""
    return embedder if isinstance(tracer, NoTracer) else TracedPageEmbedder(embedder, tracer, model)


def traced_transcriber(transcriber: Transcriber | None, tracer: Tracer, model: str) -> Transcriber | None:
    """The like for a transcriber."""
    untraced = transcriber is None or isinstance(tracer, NoTracer)
    return transcriber if transcriber is None or untraced else TracedTranscriber(transcriber, tracer, model)
