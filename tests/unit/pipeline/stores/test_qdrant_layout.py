"""Collections are laid out by their size, as the docs say."""

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.stores.qdrant import QdrantVectors
from pipeline.stores.qdrant_layout import Layout
from pipeline.stores.qdrant_points import MEMORY

CORPUS = Path(__file__).parents[4] / "docs" / "corpus.md"


@pytest.mark.parametrize(
    ("points", "layout"),
    [
        (1, Layout(shards=1, quantized=False, tenant_graphs=False)),
        (999_999, Layout(shards=1, quantized=False, tenant_graphs=False)),
        (1_000_000, Layout(shards=1, quantized=True, tenant_graphs=False)),
        (20_000_001, Layout(shards=2, quantized=True, tenant_graphs=True)),
        (1_000_000_000, Layout(shards=50, quantized=True, tenant_graphs=True)),
    ],
)
def test_more_points_have_more_shards_and_smaller_vectors(points: int, layout: Layout) -> None:
    assert Layout.of(points) == layout


@pytest.mark.parametrize(
    ("name", "points"),
    [("100,000", 10**5), ("1 million", 10**6), ("100 million", 10**8), ("1 billion", 10**9)],
)
def test_the_docs_do_the_same_sums(name: str, points: int) -> None:
    layout = Layout.of(points)
    shards, memory = re.findall(
        rf"^\| {name} \| (\d+) shards?.* \| ([\d.]+) GB \| ", CORPUS.read_text(encoding="utf-8"), re.MULTILINE
    )[0]
    assert int(shards) == layout.shards
    assert float(memory) == pytest.approx(layout.memory_bytes(points, 384) / 1e9, rel=0.05)


def test_a_new_collection_is_asked_for_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from qdrant_client import QdrantClient

    asked: dict[str, Any] = {}
    real = QdrantClient.create_collection

    def create(self: QdrantClient, name: str, **more: Any) -> Any:
        asked.update(more)
        return real(self, name, **more)

    monkeypatch.setattr(QdrantClient, "create_collection", create)
    QdrantVectors(MEMORY, 4, points=50_000_000).close()
    assert asked["shard_number"] == 3
    assert asked["vectors_config"]["dense"].on_disk
    assert asked["quantization_config"].scalar.always_ram
    assert (asked["hnsw_config"].m, asked["hnsw_config"].payload_m) == (0, 16)
    QdrantVectors(MEMORY, 4, points=1000).close()
    assert asked["quantization_config"] is None
    assert asked["hnsw_config"].m == 16
