"""One contract for every adapter of `Reranker`, and what each makes of odd answers."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.errors import ModelError, ModelRejected, ModelTimeout, ModelUnavailable, SettingsError
from pipeline.model_settings import CrossEncoderReranker
from pipeline.model_settings import ServerReranker as ServerSettings
from pipeline.models.cross_encoder import CrossEncoder
from pipeline.models.openai_api.reranker import ServerReranker
from pipeline.models.rerank import Reranker
from tests.support.cross_encoders import write_cross_encoder
from tests.support.servers import free_port
from tests.support.stand_in import Answer, Asked, StandIn, standing_in

JSON = {"Content-Type": "application/json"}
PATH = "POST /v1/rerank"
PASSAGES = ["whale whale", "quay night", "quay", "", "quay night open " * 400, "tractor"]


def ranking(request: Asked) -> Answer:
    """Best first, as the servers answer: how many words of the query each document holds."""
    query = request.json["query"].split()
    scores = [sum(text.split().count(word) for word in query) for text in request.json["documents"]]
    results = [{"index": n, "relevance_score": score, "document": {"text": ""}} for n, score in enumerate(scores)]
    return 200, {"id": "r", "results": sorted(results, key=lambda one: -one["relevance_score"])}, JSON


@contextmanager
def server(answer: object = ranking) -> Iterator[StandIn]:
    with standing_in(answers={PATH: answer}) as made:
        yield made


def asking(url: str, **more: object) -> ServerReranker:
    return ServerReranker(ServerSettings(**{"url": f"{url}/v1", "model": "tiny", **more}))


class RerankerContract(ABC):
    @pytest.fixture
    def reranker(self, tmp_path: Path) -> Iterator[Reranker]:
        with self.made(tmp_path) as made:
            yield made

    @abstractmethod
    @contextmanager
    def made(self, folder: Path) -> Iterator[Reranker]: ...

    def test_nearer_passages_score_higher_and_scores_keep_the_passages_order(self, reranker: Reranker) -> None:
        scores = reranker.scores("quay at night", PASSAGES)
        assert len(scores) == len(PASSAGES)
        assert scores[4] > scores[1] > scores[2] > scores[0] == scores[5]

    def test_a_score_does_not_depend_on_the_other_passages(self, reranker: Reranker) -> None:
        alone = [reranker.scores("quay", [passage])[0] for passage in PASSAGES]
        assert reranker.scores("quay", PASSAGES) == pytest.approx(alone)

    def test_no_passages_have_no_scores(self, reranker: Reranker) -> None:
        assert reranker.scores("quay", []) == []

    def test_any_text_is_scored(self, reranker: Reranker) -> None:
        assert len(reranker.scores("", ["", "\x00", "\ud800", "x" * 10_000])) == 4

    def test_it_has_a_name_and_takes_several_threads(self, reranker: Reranker) -> None:
        assert reranker.name
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: reranker.scores("quay night", PASSAGES[:3]), range(8)))
        assert found == [found[0]] * 8


class TestServer(RerankerContract):
    @contextmanager
    def made(self, folder: Path) -> Iterator[Reranker]:
        with server() as made:
            yield asking(made.url)

    def test_the_request_has_the_form_that_servers_share(self) -> None:
        with server() as made:
            asking(made.url, api_key="secret").scores("quay", ["a", "b"])
            (request,) = made.asked
        assert request.json == {"model": "tiny", "query": "quay", "documents": ["a", "b"], "top_n": 2}
        assert request.headers["authorization"] == "Bearer secret"

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            ((401, {"error": {"message": "no"}}), ModelRejected),
            ((503, {"error": "busy"}), ModelUnavailable),
            ((200, {"results": [{"index": 0, "relevance_score": 1.0}]}, JSON), ModelUnavailable),
            ((200, {"results": [{"index": n, "relevance_score": 1} for n in (0, 2)]}, JSON), ModelUnavailable),
            ((200, {"results": [{"index": 0}]}, JSON), ModelUnavailable),
            (
                (200, b'{"results": [{"index": 0, "relevance_score": NaN}]}', JSON),
                ModelUnavailable,
            ),
            ((200, b"<html>", {"Content-Type": "text/html"}), ModelUnavailable),
            ((302, b"", {"Location": "/"}), ModelRejected),
        ],
    )
    def test_a_failure_is_classified(self, answer: Answer, error: type[ModelError]) -> None:
        with server(answer) as made, pytest.raises(error):
            asking(made.url).scores("quay", ["a", "b"])

    def test_a_server_that_is_not_there_is_unavailable(self) -> None:
        with pytest.raises(ModelUnavailable):
            asking(f"http://127.0.0.1:{free_port()}").scores("quay", ["a"])

    def test_a_slow_server_is_not_waited_for(self) -> None:
        def slow(request: Asked) -> Answer:
            time.sleep(1.0)
            return ranking(request)

        with server(slow) as made, pytest.raises(ModelTimeout):
            asking(made.url, timeout_seconds=0.2).scores("quay", ["a"])


class TestCrossEncoder(RerankerContract):
    @contextmanager
    def made(self, folder: Path) -> Iterator[Reranker]:
        yield CrossEncoder(CrossEncoderReranker(path=write_cross_encoder(folder / "shared-words")))

    def test_of_two_outputs_the_second_says_relevant(self, tmp_path: Path) -> None:
        two = CrossEncoder(CrossEncoderReranker(path=write_cross_encoder(tmp_path / "two", outputs=2)))
        assert two.scores("quay at night", PASSAGES[:3]) == pytest.approx([0.0, 2.0, 1.0])

    def test_what_does_not_fit_is_cut(self, tmp_path: Path) -> None:
        short = CrossEncoder(CrossEncoderReranker(path=write_cross_encoder(tmp_path / "m"), max_tokens=16))
        assert short.scores("quay", ["whale " * 50 + "quay"]) == [0.0]

    def test_a_folder_without_a_cross_encoder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match=r"tokenizer\.json"):
            CrossEncoder(CrossEncoderReranker(path=tmp_path))
        folder = write_cross_encoder(tmp_path / "m")
        (folder / "model.onnx").write_bytes(b"no model")
        with pytest.raises(SettingsError, match=r"model\.onnx"):
            CrossEncoder(CrossEncoderReranker(path=folder))
        with pytest.raises(SettingsError, match="pixels"):
            CrossEncoder(CrossEncoderReranker(path=write_cross_encoder(tmp_path / "n", wrong_input=True)))
