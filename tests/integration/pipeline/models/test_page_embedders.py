"""One contract for every adapter of `PageEmbedder`, and what the server's makes of odd answers."""

import time
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.errors import ModelError, ModelRejected, ModelTimeout, ModelUnavailable
from pipeline.models.page_embedding import Matrix, PageEmbedder
from tests.support.page_servers import (
    COLOURS,
    JSON,
    coloured,
    page_server,
    page_settings,
    pages_at,
    pooled,
    pooling,
)
from tests.support.servers import free_port
from tests.support.stand_in import Answer, Asked


def maxsim(query: Matrix, page: Matrix) -> float:
    return float((query @ page.T).max(axis=1).sum())


class PageEmbedderContract(ABC):
    @pytest.fixture
    def model(self) -> Iterator[PageEmbedder]:
        with self.made() as made:
            yield made

    @abstractmethod
    @contextmanager
    def made(self) -> Iterator[PageEmbedder]: ...

    def test_every_row_has_length_1_and_the_models_dimensions(self, model: PageEmbedder) -> None:
        for matrix in (*model.embed_pages([coloured("red"), coloured("white")]), model.embed_query("red \ud800")):
            assert (matrix.ndim, matrix.shape[1], matrix.dtype) == (2, model.dimensions, np.float32)
            np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-5)

    def test_a_query_is_nearest_to_the_page_that_shows_it(self, model: PageEmbedder) -> None:
        pages = dict(zip(COLOURS, model.embed_pages([coloured(colour) for colour in COLOURS]), strict=True))
        for colour in COLOURS:
            query = model.embed_query(f"a {colour} page")
            assert max(pages, key=lambda each: maxsim(query, pages[each])) == colour

    def test_a_matrix_does_not_depend_on_the_other_pages_and_they_keep_their_order(self, model: PageEmbedder) -> None:
        sent = [coloured(colour) for colour in COLOURS] * 3
        for page, matrix in zip(sent, model.embed_pages(sent), strict=True):
            np.testing.assert_allclose(model.embed_pages([page])[0], matrix, atol=1e-5)
        assert model.embed_pages([]) == []

    def test_it_says_what_it_is_and_takes_several_threads(self, model: PageEmbedder) -> None:
        assert model.name
        assert model.side_px > 0
        assert model.max_pages > 0
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: model.embed_query("red").tolist(), range(16)))
        assert found == [found[0]] * 16


class TestServer(PageEmbedderContract):
    @contextmanager
    def made(self) -> Iterator[PageEmbedder]:
        with page_server() as made:
            yield pages_at(made.url, parallel=2)


class TestServerThatSendsNumbers(PageEmbedderContract):
    """As a server does that does not know `encoding_format`."""

    @contextmanager
    def made(self) -> Iterator[PageEmbedder]:
        def numbers(request: Asked) -> Answer:
            status, body, headers = pooling(request)
            data = np.frombuffer(b64decode(body["data"][0]["data"]), "<f4").reshape(-1, 4).tolist()
            return status, {"data": [{"data": data}]}, headers

        with page_server(numbers) as made:
            yield pages_at(made.url)


def test_the_requests_have_the_form_that_vllm_reads() -> None:
    with page_server() as made:
        model = pages_at(made.url, api_key="secret", query_prefix="Query: ", query_suffix="<pad>")
        model.embed_pages([coloured("red")])
        model.embed_query("quay")
        page, query = made.asked
    form = {"task": "token_embed", "encoding_format": "base64", "embed_dtype": "float32", "endianness": "little"}
    assert page.headers["authorization"] == "Bearer secret"
    assert page.path == "/pooling"
    content = page.json["messages"][0]["content"]
    assert page.json == {"model": "tiny", "messages": [{"role": "user", "content": content}], **form}
    assert [part["type"] for part in content] == ["image_url", "text"]
    assert b64decode(content[0]["image_url"]["url"].partition(",")[2]) == coloured("red")
    assert content[1]["text"] == "Describe the image."
    assert query.json == {"model": "tiny", "input": "Query: quay<pad>", **form}


FINE = np.eye(4, dtype=np.float32)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {"error": {"message": "no"}}), ModelRejected),
        ((400, {"error": {"message": "Unsupported task: 'token_embed'"}}, JSON), ModelRejected),
        ((503, {"error": "busy"}), ModelUnavailable),
        ((200, b"<html>", {"Content-Type": "text/html"}), ModelUnavailable),
        ((200, {"data": []}, JSON), ModelUnavailable),
        ((200, {"data": [{"data": "not base64!"}]}, JSON), ModelUnavailable),
        ((200, {"data": [{"data": "AAAA"}]}, JSON), ModelUnavailable),
        ((200, {"data": [{"data": ""}]}, JSON), ModelUnavailable),
        ((200, {"data": [{"data": [0.5, 0.5]}]}, JSON), ModelUnavailable),
        ((200, {"data": [{"data": [[1, 0, 0, 0], [1]]}]}, JSON), ModelUnavailable),
        (pooled(FINE * 0), ModelUnavailable),
        (pooled(FINE * np.float32("nan")), ModelUnavailable),
        (pooled(np.eye(3, dtype=np.float32)), ModelRejected),
        ((200, {"data": [{"data": [[1, 0, 0]]}]}, JSON), ModelRejected),
        (pooled(np.ones((9, 4), np.float32)), ModelRejected),
    ],
)
def test_a_failure_is_classified(answer: Answer, error: type[ModelError]) -> None:
    with page_server(answer) as made:
        model = pages_at(made.url, max_vectors=8)
        with pytest.raises(error):
            model.embed_pages([coloured("red")] * 3)
        with pytest.raises(error):
            model.embed_query("red")


def test_padding_says_nothing_and_is_left_out() -> None:
    with page_server(pooled(np.concatenate([FINE, FINE * 0]))) as made:
        np.testing.assert_allclose(pages_at(made.url).embed_query("red"), FINE)


def test_a_search_does_not_wait_for_it_as_long_as_a_page() -> None:
    def slow(request: Asked) -> Answer:
        time.sleep(0.6)
        return pooling(request)

    with page_server(slow) as made:
        model = pages_at(made.url, query_timeout_seconds=0.2)
        with pytest.raises(ModelTimeout):
            model.embed_query("red")
        assert len(model.embed_pages([coloured("red")])) == 1


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(ModelUnavailable):
        pages_at(f"http://127.0.0.1:{free_port()}").embed_pages([coloured("red")] * 9)


def test_what_makes_matrices_different_is_in_the_name() -> None:
    different = [{}, {"revision": "2"}, {"side_px": 512}, {"page_text": ""}, {"query_suffix": "x"}, {"model": "other"}]
    assert len({pages_at("http://localhost", **each).name for each in different}) == len(different)


def test_matrices_that_no_store_takes_are_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="1048576"):
        page_settings("http://localhost", dimensions=4096, max_vectors=256)
