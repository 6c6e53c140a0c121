"""A key that others can read on its way is told."""

import pytest
from pydantic import BaseModel

from pipeline.model_settings import (
    ChatTranscriber,
    ModelServer,
    OpenAIChatModel,
    OpenAIEmbedder,
    OpenAITranscriber,
    ServerPageEmbedder,
    ServerReranker,
)
from pipeline.settings import QdrantVectors, Settings
from pipeline.settings_group import SettingsGroup
from workers.exposure import readable_keys

URL = "http://gpu-1:8000/v1"
KEY = "s3cret"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://qdrant:6333", True),
        ("http://10.0.0.7:6333", True),
        ("http://localhost.example:6333", True),
        ("https://qdrant:6333", False),
        ("http://127.0.0.1:6333", False),
        ("http://[::1]:6333", False),
        ("http://localhost:6333", False),
    ],
)
def test_qdrants_key_over_plain_http_is_told_unless_it_stays_on_this_machine(url: str, told: bool) -> None:
    found = list(readable_keys(Settings(vectors=QdrantVectors(url=url, api_key=KEY))))
    assert [each.name for each in found] == ["vectors key"] * told
    for each in found:
        assert "plain http" in each.detail
        assert "vectors.url" in each.cost
        assert KEY not in f"{each}"


def test_keys_of_all_model_servers_are_told() -> None:
    servers = [
        ModelServer(url=URL, api_key=KEY),
        ModelServer(url=URL),
        ModelServer(url="https://gpu-2/v1", api_key=KEY),
    ]
    chat = OpenAIChatModel(model="m", servers=servers)
    embedder = OpenAIEmbedder(url=URL, api_key=KEY, model="m", dimensions=8)
    settings = Settings(
        chat=chat,
        chat_small=OpenAIChatModel(model="m", servers=list(reversed(servers))),
        embedder=embedder,
        embedder_before=embedder,
        page_embedder=ServerPageEmbedder(url=URL, api_key=KEY, model="m", dimensions=8),
        reranker=ServerReranker(url=URL, api_key=KEY, model="m"),
        transcriber=OpenAITranscriber(url=URL, api_key=KEY, model="m"),
    )
    assert {each.detail.partition(".api_key")[0] for each in readable_keys(settings)} == {
        "chat.servers.0",
        "chat_small.servers.2",
        "embedder",
        "embedder_before",
        "page_embedder",
        "reranker",
        "transcriber",
    }
    (found,) = readable_keys(Settings(transcriber=ChatTranscriber(chat=chat)))
    assert found.detail == "transcriber.chat.servers.0.api_key is sent over plain http to gpu-1"
    assert found.cost.endswith("give an https address in transcriber.chat.servers.0.url")


def test_without_a_key_or_a_server_there_is_nothing_to_tell() -> None:
    assert list(readable_keys(Settings(vectors=QdrantVectors(url="http://qdrant:6333")))) == []
    assert list(readable_keys(Settings())) == []


def test_every_group_of_settings_with_a_key_has_the_address_that_it_is_sent_to() -> None:
    """Else the look at keys would pass it by."""

    def subclasses(kind: type[BaseModel]) -> set[type[BaseModel]]:
        return {each for child in kind.__subclasses__() for each in (child, *subclasses(child))}

    keyed = [kind for kind in subclasses(SettingsGroup) if "api_key" in kind.model_fields]
    assert len(keyed) >= 6
    assert all("url" in kind.model_fields for kind in keyed)
