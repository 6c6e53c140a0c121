"""One contract for every adapter of `Vectors`, and what each promises beyond it."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pipeline.errors import StorageFull, VectorsLocked, VectorsUnavailable
from pipeline.filtering.parse import parse
from pipeline.stores import edge_points, qdrant_points
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.edge_points import ROOM_TO_ADD, ROOM_TO_REMOVE
from pipeline.stores.qdrant import QdrantVectors
from pipeline.stores.qdrant_points import MEMORY
from pipeline.stores.vectors import Point, SparseVector, VectorFilter, Vectors, candidates
from tests.support.stand_in import standing_in

AXES = np.eye(4, dtype=np.float32)
NOTHING = SparseVector(indices=[], values=[])
WHERE = {
    "collection = 'c1'": "a",
    "collection != 'c1'": "bc",
    "collection in ('c1', 'c2')": "ab",
    "document in ('d2', 'd9')": "b",
    "document = 'nothing'": "",
    "type = 'audio/wav'": "b",
    "collection = 'c1' and type = 'audio/wav'": "",
    "collection = 'c1' or type = 'audio/wav'": "ab",
    "fields./total = 12.50": "ab",
    "fields./total = 12.5 and fields./x = 'y'": "b",
    "fields./total > 12.4 and fields./total <= 13": "ab",
    "fields./total < 12.4": "",
    "not fields./total > 12.4": "c",
    "not (fields./x = 'y' or tags = 'urgent')": "a",
    "fields./paid = true": "b",
    "fields./paid = 1": "",
    "fields./due >= 2024-03-31": "a",
    "fields./due < 2024-03-30": "",
    "fields./due = 2024-03-31": "a",
    "uploaded = 1970-01-01": "ac",
    "uploaded > 1970-01-01": "b",
    "tags = 'new' and metadata./size < 4": "c",
}
"""What holds for which of three points; none lies at the open end of a range."""


def terms(*indices: int, weight: float = 1.0) -> SparseVector:
    return SparseVector(indices=list(indices), values=[weight] * len(indices))


def near(cosine: float) -> np.ndarray:
    """A unit vector with this cosine to the first axis."""
    return (cosine * AXES[0] + np.sqrt(1 - cosine**2) * AXES[1]).astype(np.float32)


def point(name: str, dense=AXES[0], sparse=NOTHING, workspace="w", document="d", **more) -> Point:
    return Point(
        id=ident(name),
        dense=dense,
        sparse=sparse,
        workspace_id=workspace,
        document_id=document,
        collection=more.get("collection"),
        media_type=more.get("media_type", "text/plain"),
        uploaded=more.get("uploaded", 0.0),
        fields=more.get("fields", {}),
        metadata=more.get("metadata", {}),
    )


def ident(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def found(vectors: Vectors, dense=AXES[0], sparse=NOTHING, limit=10, workspace="w", where=None) -> list[str]:
    bound = VectorFilter(workspace_id=workspace, condition=parse(where) if where else None)
    return [hit.id for hit in vectors.search(dense=dense, sparse=sparse, where=bound, limit=limit)]


class VectorsContract(ABC):
    """What holds for every adapter; points have four dimensions."""

    @pytest.fixture
    def vectors(self, tmp_path: Path) -> Iterator[Vectors]:
        with closing(self.make(tmp_path)) as made:
            yield made

    @abstractmethod
    def make(self, folder: Path) -> Vectors: ...

    def test_what_was_written_is_found_by_the_next_query(self, vectors: Vectors) -> None:
        vectors.upsert([point("a")])
        (hit,) = vectors.search(dense=AXES[0], sparse=NOTHING, where=VectorFilter(workspace_id="w"), limit=5)
        assert (hit.id, hit.document_id) == (ident("a"), "d")
        assert hit.score > 0

    def test_the_nearest_by_meaning_comes_first(self, vectors: Vectors) -> None:
        vectors.upsert([point("far", AXES[2]), point("between", near(0.7)), point("near", AXES[0])])
        assert found(vectors)[:2] == [ident("near"), ident("between")]

    def test_terms_find_what_meaning_does_not(self, vectors: Vectors) -> None:
        vectors.upsert([point(f"n{i}", AXES[0]) for i in range(3)])
        vectors.upsert([point("term", AXES[3], terms(7))])
        assert found(vectors, AXES[1], terms(7))[0] == ident("term")

    def test_a_rare_term_weighs_more_than_a_common_one(self, vectors: Vectors) -> None:
        # Without IDF the common term would win: its weight in the documents is twice that of the rare one.
        vectors.upsert([point(f"common{i}", AXES[1], terms(1, weight=2.0)) for i in range(20)])
        vectors.upsert([point("rare", near(0.5), terms(2)), point("other", AXES[0], terms(9))])
        assert found(vectors, AXES[0], terms(1, 2))[0] == ident("rare")

    def test_agreement_of_both_vectors_wins(self, vectors: Vectors) -> None:
        vectors.upsert([point("dense", AXES[0]), point("both", near(0.9), terms(5, weight=2.0))])
        vectors.upsert([point("sparse", AXES[3], terms(5))])
        assert found(vectors, AXES[0], terms(5))[0] == ident("both")

    def test_terms_with_large_indices_are_kept(self, vectors: Vectors) -> None:
        vectors.upsert([point("a", AXES[1], terms(2**32 - 1)), point("b", AXES[1], terms(3))])
        assert found(vectors, AXES[0], terms(2**32 - 1))[0] == ident("a")

    def test_no_more_than_the_limit_is_returned(self, vectors: Vectors) -> None:
        vectors.upsert([point(f"p{i}") for i in range(20)])
        assert len(found(vectors, limit=7)) == 7
        assert len(found(vectors, limit=200)) == 20

    def test_another_workspace_is_never_returned(self, vectors: Vectors) -> None:
        vectors.upsert([point("mine"), point("theirs", workspace="other", sparse=terms(1))])
        assert found(vectors, AXES[0], terms(1)) == [ident("mine")]
        assert found(vectors, AXES[0], terms(1), where="document = 'd'") == [ident("mine")]
        assert found(vectors, workspace="nobody") == []

    def test_an_id_that_exists_is_replaced(self, vectors: Vectors) -> None:
        vectors.upsert([point("a", AXES[0], terms(1), document="old", fields={"/x": [1]})])
        vectors.upsert([point("a", AXES[1], terms(2), document="new")])
        assert vectors.count(workspace_id="w") == 1
        assert found(vectors, where="document = 'old'") == []
        assert found(vectors, where="fields./x = 1") == []
        (hit,) = vectors.search(dense=AXES[1], sparse=NOTHING, where=VectorFilter(workspace_id="w"), limit=5)
        assert hit.document_id == "new"

    def test_every_part_of_a_filter_narrows(self, vectors: Vectors) -> None:
        first = {"/total": [12.5], "/due": ["2024-03-31"]}
        second = {"/total": [Decimal("12.50")], "/x": ["y"], "/paid": [True]}
        vectors.upsert(
            [
                point("a", document="d1", collection="c1", media_type="application/pdf", fields=first, uploaded=10.0),
                point("b", document="d2", collection="c2", media_type="audio/wav", fields=second, uploaded=86_401.0),
                point("c", document="d3", metadata={"/tags": ["urgent", "new"], "/size": [3]}),
            ]
        )
        for where, names in WHERE.items():
            assert set(found(vectors, where=where)) == {ident(name) for name in names}, where

    def test_a_search_among_some_points_finds_no_others(self, vectors: Vectors) -> None:
        vectors.upsert([point("a", near(0.9)), point("b", near(0.5)), point("c"), point("foreign", workspace="other")])
        among = VectorFilter(workspace_id="w", ids=[ident("b"), ident("a"), ident("foreign"), ident("never")])
        hits = vectors.search(dense=AXES[0], sparse=NOTHING, where=among, limit=5)
        assert [(hit.id, round(hit.score, 4)) for hit in hits] == [(ident("a"), 0.9), (ident("b"), 0.5)]
        nowhere = VectorFilter(workspace_id="w", ids=[])
        assert vectors.search(dense=AXES[0], sparse=NOTHING, where=nowhere, limit=5) == []

    def test_a_hit_by_words_is_ranked_by_its_meaning_however_far_that_is(self, vectors: Vectors) -> None:
        vectors.upsert([point(f"p{number}", near(0.9)) for number in range(candidates(5))])
        vectors.upsert([point("opposed", -AXES[0], terms(7)), point("beside", AXES[2], terms(7))])
        where = VectorFilter(workspace_id="w")
        hits = vectors.search(dense=AXES[0], sparse=terms(7), where=where, limit=5, meaning=0.3)
        scores = {hit.id: hit.score for hit in hits}
        assert scores[ident("beside")] == pytest.approx(0.7, abs=1e-4)
        assert scores[ident("opposed")] == pytest.approx(0.4, abs=1e-4)

    def test_a_number_and_a_date_of_one_name_are_not_mixed_with_another_name(self, vectors: Vectors) -> None:
        vectors.upsert([point("a", fields={"/low": [1], "/high": [100], "/day": ["2024-01-01"]})])
        assert found(vectors, where="fields./low > 50") == []
        assert found(vectors, where="fields./day > 5") == []
        assert found(vectors, where="fields./high > 50") == [ident("a")]

    def test_fields_can_be_set_later_and_replace_the_earlier(self, vectors: Vectors) -> None:
        vectors.upsert([point("a"), point("b", fields={"/old": [1]}), point("else", document="e")])
        vectors.upsert([point("foreign", workspace="other")])
        fields = {"/number": ["A-7"], "/paid": [True], "/total": [7]}
        vectors.set_fields(workspace_id="w", document_id="d", fields=fields)
        assert set(found(vectors, where="fields./number = 'A-7'")) == {ident("a"), ident("b")}
        assert set(found(vectors, where="fields./paid = true and fields./total > 6")) == {ident("a"), ident("b")}
        assert found(vectors, where="fields./old = 1") == []
        assert found(vectors, workspace="other", where="fields./number = 'A-7'") == []
        assert set(found(vectors)) == {ident("a"), ident("b"), ident("else")}

    def test_deleting_a_document_removes_its_points_and_no_others(self, vectors: Vectors) -> None:
        vectors.upsert([point("a"), point("b"), point("keep", document="e"), point("foreign", workspace="other")])
        assert vectors.delete_document(workspace_id="w", document_id="d") == 2
        assert vectors.delete_document(workspace_id="w", document_id="d") == 0
        assert found(vectors) == [ident("keep")]
        assert vectors.count(workspace_id="other") == 1

    def test_points_are_deleted_by_id_and_unknown_ids_do_no_harm(self, vectors: Vectors) -> None:
        vectors.upsert([point("a"), point("b")])
        vectors.delete([ident("a"), ident("never")])
        vectors.delete([])
        assert found(vectors) == [ident("b")]

    def test_points_are_counted_by_workspace_and_document(self, vectors: Vectors) -> None:
        vectors.upsert([point("a"), point("b"), point("c", document="e"), point("f", workspace="other")])
        assert vectors.count(workspace_id="w") == 3
        assert vectors.count(workspace_id="w", document_id="d") == 2
        assert vectors.count(workspace_id="w", document_id="nothing") == 0

    def test_an_empty_store_finds_nothing(self, vectors: Vectors) -> None:
        assert found(vectors, AXES[0], terms(1)) == []
        vectors.upsert([])
        assert vectors.count(workspace_id="w") == 0


class TestEdge(VectorsContract):
    def make(self, folder: Path) -> Vectors:
        return EdgeVectors(folder / "vectors", 4)

    def test_points_outlive_the_owner(self, tmp_path: Path) -> None:
        with closing(self.make(tmp_path)) as vectors:
            vectors.upsert([point("a", sparse=terms(4), fields={"/x": [1]})])
        with closing(self.make(tmp_path)) as vectors:
            assert found(vectors, AXES[1], terms(4), where="fields./x = 1") == [ident("a")]

    def test_what_was_acknowledged_survives_kill_9(self, tmp_path: Path) -> None:
        code = (
            "import sys; sys.path.insert(0, sys.argv[2]); import test_vectors as t; from pathlib import Path\n"
            "v = t.EdgeVectors(Path(sys.argv[1]) / 'vectors', 4)\n"
            "for i in range(10**6):\n"
            "    v.upsert([t.point(f'{i}')]); print(i, flush=True)\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == 50:
                child.send_signal(signal.SIGKILL)
                break
        acknowledged = 50 + len(child.stdout.readlines())
        child.wait()
        child.stdout.close()
        with closing(self.make(tmp_path)) as vectors:
            assert vectors.count(workspace_id="w") > acknowledged

    def test_a_second_owner_is_refused_and_told_who_holds_the_lock(self, tmp_path: Path) -> None:
        with closing(self.make(tmp_path)), pytest.raises(VectorsLocked, match=str(os.getpid())) as refused:
            self.make(tmp_path)
        assert refused.value.facts["lock"].endswith("owner.lock")
        self.make(tmp_path).close()

    def test_another_process_is_refused_too(self, tmp_path: Path) -> None:
        with closing(self.make(tmp_path)), multiprocessing.get_context("spawn").Pool(1) as pool:
            assert pool.apply(_open_elsewhere, (tmp_path / "vectors",)) == "VectorsLocked"

    def test_vectors_of_other_dimensions_lie_beside(self, tmp_path: Path) -> None:
        with closing(self.make(tmp_path)) as vectors:
            vectors.upsert([point("a")])
        with closing(EdgeVectors(tmp_path / "vectors", 8)) as vectors:
            assert vectors.count(workspace_id="w") == 0
        with closing(self.make(tmp_path)) as vectors:
            assert vectors.count(workspace_id="w") == 1

    def test_a_start_that_was_cut_off_leaves_no_trace(self, tmp_path: Path) -> None:
        part = tmp_path / "vectors" / "points-4.part"
        part.mkdir(parents=True)
        (part / "rubbish").write_text("half a shard")
        with closing(self.make(tmp_path)) as vectors:
            assert vectors.count(workspace_id="w") == 0
        assert not part.exists()

    def test_a_damaged_shard_is_an_error_and_lets_go_of_the_lock(self, tmp_path: Path) -> None:
        self.make(tmp_path).close()
        (tmp_path / "vectors" / "points-4" / "edge_config.json").write_text("{")
        for _ in range(2):
            with pytest.raises(VectorsUnavailable):
                self.make(tmp_path)

    def test_a_full_disk_is_an_error_and_not_the_end_of_the_process(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The library writes through mapped files: without room for a page the whole service died of SIGBUS."""
        vectors = self.make(tmp_path)
        vectors.upsert([point("a"), point("b")])
        free = ROOM_TO_ADD - 1
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
        with pytest.raises(StorageFull):
            vectors.upsert([point("c")])
        with pytest.raises(StorageFull):
            vectors.set_fields(workspace_id="w", document_id="d", fields={"/x": [1]})
        vectors.delete([ident("a")])
        assert vectors.count(workspace_id="w") == 1
        free = ROOM_TO_REMOVE - 1
        with pytest.raises(StorageFull):
            vectors.delete_document(workspace_id="w", document_id="d")
        vectors.close()
        for _ in range(2):
            with pytest.raises(StorageFull):
                self.make(tmp_path)

    def test_a_closed_store_is_unavailable(self, tmp_path: Path) -> None:
        vectors = self.make(tmp_path)
        vectors.close()
        vectors.close()
        with pytest.raises(VectorsUnavailable):
            vectors.count(workspace_id="w")

    def test_threads_write_and_search_at_once(self, vectors: Vectors) -> None:
        def work(thread: int) -> None:
            for i in range(20):
                vectors.upsert([point(f"{thread}-{i}", document=f"d{thread}")])
                assert found(vectors, where=f"document = 'd{thread}'", limit=50).count(ident(f"{thread}-{i}")) == 1
            vectors.delete_document(workspace_id="w", document_id=f"d{thread}")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        assert vectors.count(workspace_id="w") == 0

    def test_many_points_are_flushed_as_they_come(self, tmp_path: Path) -> None:
        with closing(self.make(tmp_path)) as vectors:
            for start in range(0, 5000, 500):
                vectors.upsert([point(f"{i}") for i in range(start, start + 500)])
            assert vectors.count(workspace_id="w") == 5000


class TestQdrantInMemory(VectorsContract):
    def make(self, folder: Path) -> Vectors:
        return QdrantVectors(MEMORY, 4)


@pytest.mark.skipif("SHEAF_TEST_QDRANT_URL" not in os.environ, reason="no Qdrant server is given")
class TestQdrantServer(VectorsContract):
    def make(self, folder: Path) -> Vectors:
        return QdrantVectors(os.environ["SHEAF_TEST_QDRANT_URL"], 4, collection=f"test-{uuid.uuid4().hex}")


def test_an_index_in_a_folder_is_removed_and_made_anew(tmp_path: Path) -> None:
    with closing(EdgeVectors(tmp_path / "a", 4)) as store:
        store.upsert([point("p")])
    edge_points.drop(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
    edge_points.drop(tmp_path / "a")
    with closing(EdgeVectors(tmp_path / "a", 4)) as store:
        assert store.count(workspace_id="w") == 0


def test_a_collection_of_a_server_is_removed() -> None:
    path = "DELETE /collections/sheaf-m-4"
    with standing_in(answers={path: (200, {"result": True, "status": "ok", "time": 0.1})}) as made:
        qdrant_points.drop(made.url, 4, api_key=None, collection="sheaf-m")
        assert [one.method for one in made.asked] == ["DELETE"]
    with standing_in(answers={path: (503, {"status": {"error": "no"}})}) as made, pytest.raises(VectorsUnavailable):
        qdrant_points.drop(made.url, 4, api_key=None, collection="sheaf-m")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(VectorsUnavailable):
        QdrantVectors("http://127.0.0.1:1", 4)


def _open_elsewhere(path: Path) -> str:
    try:
        EdgeVectors(path, 4).close()
    except VectorsLocked as error:
        return type(error).__name__
    return "opened"
