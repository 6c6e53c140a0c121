"""One contract for every adapter of `PageVectors`."""

import os
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.filtering.parse import parse
from pipeline.stores.edge_pages import EdgePages
from pipeline.stores.pages import PagePoint, PageVectors, pooled
from pipeline.stores.qdrant_pages import QdrantPages
from pipeline.stores.qdrant_points import MEMORY
from pipeline.stores.vectors import VectorFilter

DIMENSIONS = 16


def unit(count: int, seed: int) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def ident(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def page(name: str, vectors: NDArray[np.float32], workspace: str = "w", document: str = "d", **more) -> PagePoint:
    return PagePoint(
        id=ident(name),
        vectors=vectors,
        workspace_id=workspace,
        document_id=document,
        collection=more.get("collection"),
        media_type="application/pdf",
        fields=more.get("fields", {}),
    )


def found(
    store: PageVectors, query: NDArray[np.float32], count: int = 10, workspace: str = "w", where=None
) -> list[str]:
    bound = VectorFilter(workspace_id=workspace, condition=parse(where) if where else None)
    return [hit.id for hit in store.nearest(query, bound, count)]


class PageVectorsContract(ABC):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[PageVectors]:
        with closing(self.make(tmp_path)) as made:
            yield made

    @abstractmethod
    def make(self, folder: Path) -> PageVectors: ...

    def test_pages_come_in_the_order_of_maxsim_whatever_their_number_of_vectors(self, store: PageVectors) -> None:
        pages = {ident(f"p{n}"): unit(1 + 7 * n, n) for n in range(12)}
        store.upsert([page(f"p{n}", unit(1 + 7 * n, n)) for n in range(12)])
        query = unit(5, 99)
        scores = {name: float((query @ matrix.T).max(axis=1).sum()) for name, matrix in pages.items()}
        hits = store.nearest(query, VectorFilter(workspace_id="w"), 4)
        assert [hit.id for hit in hits] == sorted(scores, key=lambda name: -scores[name])[:4]
        assert [hit.score for hit in hits] == pytest.approx([scores[hit.id] for hit in hits], abs=0.01)
        assert {hit.document_id for hit in hits} == {"d"}

    def test_another_workspace_is_never_returned_and_filters_narrow(self, store: PageVectors) -> None:
        query = unit(3, 1)
        store.upsert([page("a", query, collection="c1"), page("b", unit(3, 2), fields={"/total": [7]})])
        store.upsert([page("foreign", query, workspace="other", collection="c1")])
        assert found(store, query) == [ident("a"), ident("b")]
        assert found(store, query, where="collection = 'c1'") == [ident("a")]
        assert found(store, query, where="fields./total > 6") == [ident("b")]
        assert found(store, query, workspace="nobody") == []

    def test_points_are_replaced_annotated_deleted_and_counted(self, store: PageVectors) -> None:
        query = unit(3, 1)
        store.upsert([page("a", unit(3, 2)), page("b", unit(3, 3)), page("keep", unit(3, 4), document="e")])
        store.upsert([page("a", query)])
        assert found(store, query, 1) == [ident("a")]
        assert store.count(workspace_id="w", document_id="d") == 2
        store.set_fields(workspace_id="w", document_id="d", fields={"/number": ["A-7"]})
        assert set(found(store, query, where="fields./number = 'A-7'")) == {ident("a"), ident("b")}
        store.delete([ident("a"), ident("never")])
        assert ident("a") not in found(store, query)
        assert store.delete_document(workspace_id="w", document_id="d") == 1
        assert found(store, query) == [ident("keep")]

    def test_an_empty_store_finds_nothing(self, store: PageVectors) -> None:
        store.upsert([])
        assert found(store, unit(3, 1)) == []


class TestEdge(PageVectorsContract):
    def make(self, folder: Path) -> PageVectors:
        return EdgePages(folder / "pages", DIMENSIONS)

    def test_points_outlive_the_owner(self, tmp_path: Path) -> None:
        query = unit(700, 5)
        with closing(self.make(tmp_path)) as store:
            store.upsert([page("a", query)])
        with closing(self.make(tmp_path)) as store:
            assert found(store, query) == [ident("a")]


class TestQdrantInMemory(PageVectorsContract):
    def make(self, folder: Path) -> PageVectors:
        return QdrantPages(MEMORY, DIMENSIONS)


@pytest.mark.skipif("SHEAF_TEST_QDRANT_URL" not in os.environ, reason="no Qdrant server is given")
class TestQdrantServer(PageVectorsContract):
    def make(self, folder: Path) -> PageVectors:
        url = os.environ["SHEAF_TEST_QDRANT_URL"]
        return QdrantPages(url, DIMENSIONS, collection=f"test-{uuid.uuid4().hex}")


def test_many_vectors_are_pooled_into_a_few_means_of_neighbours() -> None:
    few = unit(32, 1)
    assert pooled(few) is few
    axes = np.repeat(np.eye(4, DIMENSIONS, dtype=np.float32), 250, axis=0)
    np.testing.assert_allclose(pooled(axes, 4), np.eye(4, DIMENSIONS))
    assert pooled(unit(1030, 2)).shape == (32, DIMENSIONS)
    opposite = np.concatenate([few[:1], -few[:1]])
    assert np.isfinite(pooled(opposite, 1)).all()
