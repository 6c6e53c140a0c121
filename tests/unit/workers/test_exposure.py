"""A key that others can read on its way is told."""

import pytest

from pipeline.settings import QdrantVectors, Settings
from workers.exposure import readable_key


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
    found = readable_key(Settings(vectors=QdrantVectors(url=url, api_key="s3cret")))
    assert (found is not None) == told
    if found is not None:
        assert "plain http" in found.detail
        assert "s3cret" not in f"{found}"


def test_without_a_key_or_a_server_there_is_nothing_to_tell() -> None:
    assert readable_key(Settings(vectors=QdrantVectors(url="http://qdrant:6333"))) is None
    assert readable_key(Settings()) is None
