"""What models of texts and of pages that run on a server share."""

import pytest

from pipeline.errors import ModelRejected, ModelUnavailable
from pipeline.model_settings import OpenAIEmbedder, ServerPageEmbedder
from pipeline.models.openai_api.vector_server import VectorServer, name_of

URL = "http://gpu-2:8000/v1"
TEXTS = OpenAIEmbedder(url=URL, model="m", dimensions=4, parallel=1)
PAGES = ServerPageEmbedder(url=URL, model="m", dimensions=4, parallel=1)


@pytest.mark.parametrize(("settings", "key"), [(TEXTS, "embedder"), (PAGES, "page_embedder")])
def test_who_gets_no_turn_is_told_that_nobody_worked_on_it(
    settings: OpenAIEmbedder | ServerPageEmbedder, key: str
) -> None:
    server = VectorServer(settings, key)
    with server._turn(1.0), pytest.raises(ModelUnavailable, match=rf" gpu-2:8000 .*\({key}\.parallel\)") as caught:
        server.ask("embeddings", {}, vectors=1, seconds=0.01)
    assert caught.value.facts == {"reached": False}
    with server._turn(0.01):
        pass


def test_vectors_of_another_length_are_refused_with_the_setting_that_says_it() -> None:
    server = VectorServer(PAGES, "page_embedder")
    server.check_length(4)
    with pytest.raises(ModelRejected, match=r"of 5 numbers; page_embedder\.dimensions is 4") as caught:
        server.check_length(5)
    assert caught.value.facts == {"dimensions": 5}


def test_a_name_says_whatever_makes_vectors_different() -> None:
    assert name_of(TEXTS) == "m@4"
    assert name_of(PAGES.model_copy(update={"revision": "r2"}), "1024px", "", "x") == "m@r2@4@1024px@x"
