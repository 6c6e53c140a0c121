"""Requests at models as spans: whose they are, what they cost, and no word of what was asked or said."""

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest

from pipeline.errors import ModelUnavailable
from pipeline.models.chat import ChatAnswer, ChatRequest, Message, complete
from pipeline.models.embedding import query_embedding
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.scripted_transcriber import ScriptedTranscriber
from pipeline.models.spending import Wrapped
from pipeline.models.traced import (
    TracedChat,
    TracedEmbedder,
    TracedPageEmbedder,
    TracedReranker,
    TracedTranscriber,
    traced_chat,
    traced_embedder,
    traced_page_embedder,
    traced_reranker,
)
from pipeline.tracing.current import current, spanned
from pipeline.tracing.spans import NO_SPAN, NO_TRACER
from tests.support.traces import Recorder

SECRET = "quintessential marmalade"


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def request() -> ChatRequest:
    return ChatRequest(messages=[Message(role="user", parts=[SECRET])], max_tokens=77)


def scripted(*steps: Step) -> ScriptedChatModel:
    return ScriptedChatModel(Script(steps=list(steps)))


class Watching(Wrapped):
    """Notes which span was the present one whenever it worked."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(scripted(*steps))
        self.seen: list[object] = []
        self.closed = False

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        try:
            for piece in self._model.stream(request, stopped):
                self.seen.append(current())
                yield piece
        finally:
            self.closed = True
            self.seen.append(current())


def test_a_request_is_a_span_below_the_present_one_with_its_tokens(recorder: Recorder) -> None:
    with spanned(recorder.tracer, "stage extract", "consumer", parent=None) as stage:
        answer = complete(TracedChat(scripted(Step(text=SECRET)), recorder.tracer), request())
    seen = recorder.one("chat scripted")
    assert stage.context is not None
    assert (seen.parent, seen.kind, seen.failed) == (stage.context.span_id, "client", False)
    assert seen.facts == {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "scripted",
        "gen_ai.request.max_tokens": 77,
        "gen_ai.usage.input_tokens": answer.input_tokens,
        "gen_ai.usage.output_tokens": answer.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.response.finish_reasons": "stop",
    }
    assert "marmalade" not in seen.rest


def test_the_span_is_present_to_the_model_and_never_to_who_reads_the_pieces(recorder: Recorder) -> None:
    model = Watching(Step(text="a rather long answer, in several pieces"))
    with spanned(recorder.tracer, "stage", "consumer", parent=None) as stage:
        for _ in TracedChat(model, recorder.tracer).stream(request()):
            assert current() is stage
    assert len(set(map(id, model.seen))) == 1
    assert model.seen[0] not in (stage, NO_SPAN)


def test_a_stream_that_is_left_is_ended_at_once_and_is_no_failure(recorder: Recorder) -> None:
    model = Watching(Step(text="a rather long answer, in several pieces"))
    with closing(TracedChat(model, recorder.tracer).stream(request())) as pieces:  # type: ignore[type-var]
        next(pieces)
    assert model.closed
    assert current() is NO_SPAN
    seen = recorder.one("chat scripted")
    assert (seen.failed, seen.facts["sheaf.status"]) == (False, "broken-off")


def test_a_model_that_fails_fails_its_span(recorder: Recorder) -> None:
    with pytest.raises(ModelUnavailable):
        complete(TracedChat(scripted(Step(behave="crash", text=SECRET)), recorder.tracer), request())
    seen = recorder.one("chat scripted")
    assert (seen.failed, seen.facts["error.type"]) == (True, "model-unavailable")
    assert "marmalade" not in seen.rest


class Letters:
    name = "letters"

    def scores(self, query, passages):
        if query == "fail":
            raise ModelUnavailable(SECRET)
        return [float(len(passage)) for passage in passages]


def test_a_reranker_scores_in_a_span(recorder: Recorder) -> None:
    reranker = TracedReranker(Letters(), recorder.tracer)
    assert (reranker.name, reranker.scores(SECRET, [SECRET])) == ("letters", [float(len(SECRET))])
    with pytest.raises(ModelUnavailable):
        reranker.scores("fail", [SECRET])
    assert [span.failed for span in recorder.named("rerank letters")] == [False, True]
    assert all("marmalade" not in span.rest for span in recorder.spans)


class Numbers:
    name, dimensions, max_tokens = "numbers-0123abcd", 2, 9

    def count_tokens(self, text):
        return len(text)

    def embed(self, texts):
        if not texts:
            raise ModelUnavailable(SECRET)
        return np.ones((len(texts), 2), np.float32)

    def embed_query(self, query):
        return np.zeros(2, np.float32)


def test_an_embedding_server_is_asked_in_a_span_for_passages_and_queries_each_in_its_way(recorder: Recorder) -> None:
    embedder = TracedEmbedder(Numbers(), recorder.tracer, "numbers")
    assert (embedder.name, embedder.dimensions, embedder.max_tokens) == ("numbers-0123abcd", 2, 9)
    assert embedder.count_tokens("four") == 4
    assert embedder.embed([SECRET]).tolist() == [[1.0, 1.0]]
    assert query_embedding(embedder, SECRET).tolist() == [0.0, 0.0]
    with pytest.raises(ModelUnavailable):
        embedder.embed([])
    assert [span.failed for span in recorder.named("embeddings numbers")] == [False, False, True]
    assert all("marmalade" not in span.rest for span in recorder.spans)


class Pictures:
    name, dimensions, side_px, max_pages = "pictures-0123abcd", 2, 512, 7

    def embed_pages(self, pages):
        if not pages:
            raise ModelUnavailable(SECRET)
        return [np.ones((3, 2), np.float32) for _ in pages]

    def embed_query(self, query):
        return np.zeros((len(query), 2), np.float32)


def test_a_model_of_page_pictures_is_asked_in_a_span_for_pages_and_queries(recorder: Recorder) -> None:
    embedder = TracedPageEmbedder(Pictures(), recorder.tracer, "pictures")
    told = (embedder.name, embedder.dimensions, embedder.side_px, embedder.max_pages)
    assert told == ("pictures-0123abcd", 2, 512, 7)
    assert [matrix.shape for matrix in embedder.embed_pages([b"a", b"b"])] == [(3, 2), (3, 2)]
    assert embedder.embed_query(SECRET).shape == (len(SECRET), 2)
    with pytest.raises(ModelUnavailable):
        embedder.embed_pages([])
    assert [span.failed for span in recorder.named("embeddings pictures")] == [False, False, True]
    assert all("marmalade" not in span.rest for span in recorder.spans)


def test_a_transcriber_hears_in_a_span(recorder: Recorder) -> None:
    transcriber = TracedTranscriber(ScriptedTranscriber(), recorder.tracer, "scripted")
    transcriber.transcribe(np.zeros(16_000, dtype=np.float32))
    assert recorder.one("transcribe scripted").facts["gen_ai.operation.name"] == "transcribe"


def test_where_nothing_is_traced_the_model_is_the_model_itself() -> None:
    model, reranker, embedder, pictures = scripted(), Letters(), Numbers(), Pictures()
    assert traced_embedder(embedder, NO_TRACER, "numbers") is embedder
    assert traced_page_embedder(pictures, NO_TRACER, "pictures") is pictures
    assert traced_chat(model, NO_TRACER) is model
    assert traced_reranker(reranker, NO_TRACER) is reranker
