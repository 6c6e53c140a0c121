"""The embedder on a server with `/v1/embeddings`, over real HTTP to a stand-in."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.answering.scoring import score
from pipeline.errors import (
    ContextExceeded,
    ModelError,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    SettingsError,
)
from pipeline.models.embedding import Embedder, query_embedding
from pipeline.models.openai_api.embedder import BLANK
from tests.support.embedders import EmbedderContract
from tests.support.embedding_servers import (
    DIMENSIONS,
    JSON,
    LONGEST,
    MODEL,
    embedder_at,
    embedding_server,
    embeddings,
    write_tokenizer,
)
from tests.support.servers import free_port
from tests.support.stand_in import Answer, Asked
from tests.support.waiting import until


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tokenizer(tmp_path_factory.mktemp("tokenizer") / "tokenizer.json")


class TestOnAServer(EmbedderContract):
    @pytest.fixture
    def model(self, tokenizer: Path) -> Iterator[Embedder]:
        with embedding_server() as made:
            yield embedder_at(made.url, tokenizer=tokenizer, batch=2)


def test_a_request_holds_model_and_texts_and_at_most_a_batch(tokenizer: Path) -> None:
    with embedding_server() as made:
        embedder_at(made.url, tokenizer=tokenizer, batch=2, api_key="secret").embed(["a", " ", "b\ud800"])
    assert [one.json for one in made.asked] == [
        {"model": "tiny", "input": ["a", BLANK]},
        {"model": "tiny", "input": ["b?"]},
    ]
    assert {one.headers["authorization"] for one in made.asked} == {"Bearer secret"}


def test_without_a_tokenizer_no_text_has_more_bytes_than_tokens_allowed() -> None:
    with embedding_server() as made:
        model = embedder_at(made.url, max_tokens=20)
        assert model.count_tokens("é" * 30) == 62
        model.embed(["é" * 30, "word " * 30])
    assert made.asked[0].json["input"] == ["é" * 9, "word word word wor"]


def test_what_is_longest_is_sent_whole_and_what_is_longer_is_cut_between_tokens(tokenizer: Path) -> None:
    with embedding_server() as made:
        model = embedder_at(made.url, tokenizer=tokenizer, max_tokens=16)
        model.embed(["quay " * 14, "quay, " * 14])
    whole, cut = made.asked[0].json["input"]
    assert (whole, model.count_tokens(whole)) == ("quay " * 14, 16)
    assert (cut, model.count_tokens(cut)) == ("quay, quay, quay, quay, quay, quay, quay,", 16)


def test_queries_and_passages_have_their_own_prefixes_which_count(tokenizer: Path) -> None:
    with embedding_server() as made:
        plain = embedder_at(made.url, tokenizer=tokenizer)
        model = embedder_at(made.url, tokenizer=tokenizer, query_prefix="query: ", passage_prefix="passage: ")
        model.embed(["quay"])
        query = query_embedding(model, "quay")
        score("quay", [], model)
    assert [one.json["input"] for one in made.asked] == [["passage: quay"], ["query: quay"], ["query: quay"]]
    np.testing.assert_allclose(query, MODEL.embed(["query: quay"])[0], atol=1e-6)
    assert model.count_tokens("quay") == plain.count_tokens("quay") + 2
    assert model.name != plain.name == f"tiny@{DIMENSIONS}"


def test_other_weights_have_another_name(tokenizer: Path) -> None:
    assert embedder_at("http://localhost", revision="2").name == f"tiny@2@{DIMENSIONS}"


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"index": number, "embedding": [1.0] * DIMENSIONS, **more}


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ((401, {"error": {"message": "no"}}), ModelRejected, "api_key"),
        ((429, {"error": "busy"}), ModelUnavailable, "busy"),
        ((503, {"error": "loading"}), ModelUnavailable, "loading"),
        ((400, {"message": "maximum context length is 4"}), ContextExceeded, "maximum context"),
        ((200, {"data": [row(0)]}, JSON), ModelUnavailable, "1 texts where 2"),
        ((200, {"data": [row(0), row(0)]}, JSON), ModelUnavailable, "2 texts where 2"),
        ((200, {"data": [row(0), row(2)]}, JSON), ModelUnavailable, "2 texts where 2"),
        ((200, {"data": [row(0), row(1, embedding=[1.0] * 5)]}, JSON), ModelRejected, "embedder.dimensions is 64"),
        ((200, {"data": [row(0), row(1, embedding=[0.0] * DIMENSIONS)]}, JSON), ModelUnavailable, "nowhere"),
        ((200, b'{"data": [{"index": 0, "embedding": [NaN]}]}', JSON), ModelUnavailable, "no embeddings"),
        ((200, {"embeddings": []}, JSON), ModelUnavailable, "no embeddings"),
        ((200, b"<html>", {"Content-Type": "text/html"}), ModelUnavailable, "no embeddings"),
        ((200, b"[" * 3_000_000, JSON), ModelUnavailable, "more than any answer"),
        ((302, b"", {"Location": "/"}), ModelRejected, "redirects"),
    ],
)
def test_a_failure_is_classified_and_says_what_was_wrong(answer: Answer, error: type[ModelError], said: str) -> None:
    with embedding_server(answer) as made, pytest.raises(error, match=said):
        embedder_at(made.url).embed(["a", "b"])


def test_a_server_that_is_not_there_is_waited_for_and_is_no_attempt_at_the_document() -> None:
    with pytest.raises(ModelUnavailable) as caught:
        embedder_at(f"http://127.0.0.1:{free_port()}").embed(["a"])
    assert caught.value.facts["reached"] is False


def test_a_server_that_cuts_texts_is_not_believed(tokenizer: Path) -> None:
    def cutting(request: Asked) -> Answer:
        status, body, headers = embeddings(request)  # type: ignore[misc]  # it has three parts
        return status, {**body, "usage": {"prompt_tokens": 16, "total_tokens": 16}}, headers

    with embedding_server(cutting) as made:
        model = embedder_at(made.url, tokenizer=tokenizer)
        model.embed(["word " * 18])
        with pytest.raises(ModelRejected, match="read 16 tokens of 30 that were sent") as caught:
            model.embed(["word " * 28])
    assert caught.value.facts == {"sent": 30, "read": 16}


def test_a_slow_server_is_not_waited_for() -> None:
    def slow(request: Asked) -> Answer:
        time.sleep(1.0)
        return embeddings(request)

    with embedding_server(slow) as made, pytest.raises(ModelTimeout):
        embedder_at(made.url, timeout_seconds=0.2).embed(["a"])


def test_no_more_requests_are_under_way_than_allowed() -> None:
    flying, most, lock = 0, 0, threading.Lock()

    def counted(request: Asked) -> Answer:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        until(lambda: most >= 2)  # the first two wait for each other
        time.sleep(0.02)
        with lock:
            flying -= 1
        return embeddings(request)

    with embedding_server(counted) as made:
        model = embedder_at(made.url, parallel=2)
        threads = [threading.Thread(target=model.embed, args=(["a"],)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(made.asked), most) == (8, 2)


@pytest.mark.parametrize("content", [None, "{}", "no json"])
def test_what_is_no_tokenizer_is_refused_at_the_start(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=r"embedder\.tokenizer"):
        embedder_at("http://localhost", tokenizer=path)


def test_a_prefix_that_leaves_no_room_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="more than half"):
        embedder_at("http://localhost", max_tokens=LONGEST, passage_prefix="x" * 200)
