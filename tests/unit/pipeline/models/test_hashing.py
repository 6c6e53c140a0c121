import pytest

from pipeline.models.hashing import HashingEmbedder
from tests.support.embedders import EmbedderContract


class TestHashing(EmbedderContract):
    @pytest.fixture
    def model(self) -> HashingEmbedder:
        return HashingEmbedder()


def test_the_name_tells_the_dimensions() -> None:
    assert HashingEmbedder(64).name != HashingEmbedder().name
