"""Optimizing never stops the service, and whatever is killed in the middle of it loses and brings back nothing."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench.kills import run
from pipeline.errors import StorageFull, VectorsUnavailable
from pipeline.stores import edge_shard
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.vectors import Point, SparseVector, VectorFilter
from tests.support.waiting import until

SLOW = edge_shard.CHILD + "\nimport time; time.sleep(60)"


def points(start: int, count: int, document: str = "d") -> list[Point]:
    return [
        Point(
            id=f"00000000-0000-0000-0000-{number:012}",
            dense=np.eye(4, dtype=np.float32)[number % 4],
            sparse=SparseVector(indices=[number], values=[1.0]),
            workspace_id="w",
            document_id=document,
            collection=None,
            media_type="text/plain",
        )
        for number in range(start, start + count)
    ]


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[EdgeVectors]:
    with closing(EdgeVectors(tmp_path / "vectors", 4)) as made:
        yield made


def leftovers(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "vectors").iterdir() if path.name.startswith("points-4."))


def test_what_happens_meanwhile_is_in_what_is_served_afterwards(
    vectors: EdgeVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors.upsert([*points(0, 20), *points(100, 5, "gone")])
    copied = threading.Event()
    monkeypatch.setattr(edge_shard, "CHILD", edge_shard.CHILD.replace("shard.optimize()", "sys.stdin.read()"))
    popen = edge_shard.subprocess.Popen

    def held(command: list[str], **more: object) -> object:
        child = popen(command, **{**more, "stdin": edge_shard.subprocess.PIPE})
        copied.set()
        children.append(child)
        return child

    children: list[object] = []
    monkeypatch.setattr(edge_shard.subprocess, "Popen", held)
    swapped: list[bool] = []
    optimizing = threading.Thread(target=lambda: swapped.append(vectors.optimize()))
    optimizing.start()
    assert copied.wait(20)
    vectors.upsert(points(20, 30))
    vectors.delete_document(workspace_id="w", document_id="gone")
    vectors.set_fields(workspace_id="w", document_id="d", fields={"/x": [1]})
    asked = vectors.search(
        dense=np.eye(4, dtype=np.float32)[0],
        sparse=SparseVector(indices=[21], values=[1.0]),
        where=VectorFilter(workspace_id="w"),
        limit=5,
    )
    assert asked[0].document_id == "d"
    assert not vectors.optimize(), "one at a time"
    children[0].stdin.close()  # type: ignore[attr-defined]
    optimizing.join(60)
    assert swapped == [True]
    assert vectors.count(workspace_id="w") == vectors.count(workspace_id="w", document_id="d") == 50
    assert leftovers(tmp_path) == ["points-4.optimized"]


def test_queries_and_updates_go_on_through_many_swaps(vectors: EdgeVectors) -> None:
    vectors.upsert(points(0, 50))
    ended = threading.Event()
    failed: list[BaseException] = []

    def ask() -> None:
        while not ended.is_set():
            try:
                assert vectors.count(workspace_id="w", document_id="d") >= 50
            except BaseException as error:  # noqa: BLE001 - told in the test's own thread
                failed.append(error)
                return

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for start in (50, 60):
        assert vectors.optimize()
        vectors.upsert(points(start, 10))
    ended.set()
    for thread in asking:
        thread.join()
    assert failed == []
    assert vectors.count(workspace_id="w") == 70


def test_it_begins_by_itself_when_it_pays_and_not_before(tmp_path: Path) -> None:
    with closing(EdgeVectors(tmp_path / "vectors", 4, optimize_points=EdgeVectors.flush_points)) as vectors:
        vectors.upsert(points(0, EdgeVectors.flush_points - 1))
        assert leftovers(tmp_path) == []
        vectors.upsert(points(EdgeVectors.flush_points, 1))
        until(lambda: leftovers(tmp_path) == ["points-4.optimized"], seconds=60)
        assert (tmp_path / "vectors" / "points-4.optimized").read_text() == str(EdgeVectors.flush_points)
    with closing(EdgeVectors(tmp_path / "vectors", 4, optimize_points=1)) as vectors:
        assert not vectors._shard.pays(1), "nothing is new after a start"


def test_a_child_that_dies_leaves_the_store_as_it_was(
    vectors: EdgeVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors.upsert(points(0, 5))
    monkeypatch.setattr(edge_shard, "CHILD", "import os; os.abort()")
    with pytest.raises(VectorsUnavailable, match="status -6"):
        vectors.optimize()
    vectors.upsert(points(5, 5))
    assert (vectors.count(workspace_id="w"), leftovers(tmp_path)) == (10, [])


def test_closing_does_not_wait_for_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_shard, "CHILD", SLOW)
    vectors = EdgeVectors(tmp_path / "vectors", 4, optimize_points=EdgeVectors.flush_points)
    vectors.upsert(points(0, EdgeVectors.flush_points))
    until(lambda: vectors._shard._child is not None)
    vectors.close()
    assert leftovers(tmp_path) == []
    with closing(EdgeVectors(tmp_path / "vectors", 4)) as again:
        assert again.count(workspace_id="w") == EdgeVectors.flush_points


def test_without_room_for_a_copy_it_is_left(vectors: EdgeVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors.upsert(points(0, 5))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(StorageFull):
        vectors.optimize()


def test_a_copy_for_which_the_disk_was_too_small_is_removed(
    vectors: EdgeVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors.upsert(points(0, 5))
    copied: list[str] = []

    def copy(source: str, target: str) -> None:
        copied.append(target)
        if len(copied) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        shutil.copyfile(source, target)

    monkeypatch.setattr(edge_shard, "_copy_written", copy)
    with pytest.raises(StorageFull):
        vectors.optimize()
    assert (len(copied), leftovers(tmp_path)) == (3, [])


def test_a_copy_that_falls_behind_is_left_at_once_and_not_made_again_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_shard, "CHILD", SLOW)
    monkeypatch.setattr(edge_shard, "LONGEST_JOURNAL", 10)
    with closing(EdgeVectors(tmp_path / "vectors", 4, optimize_points=EdgeVectors.flush_points)) as vectors:
        vectors.upsert(points(0, EdgeVectors.flush_points))
        until(lambda: vectors._shard._child is not None)
        vectors.upsert(points(EdgeVectors.flush_points, 10))
        assert vectors._optimizing is not None
        assert vectors._optimizing.is_alive()
        vectors.upsert(points(EdgeVectors.flush_points + 10, 1))
        vectors._optimizing.join(20)
        assert not vectors._optimizing.is_alive()
        assert leftovers(tmp_path) == []
        vectors.upsert(points(EdgeVectors.flush_points + 11, EdgeVectors.flush_points))
        assert not vectors._optimizing.is_alive()
        assert vectors.count(workspace_id="w") == 2 * EdgeVectors.flush_points + 11


def test_a_copy_that_cannot_be_served_makes_room_for_what_was_before_it_is_deleted(
    vectors: EdgeVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process killed while it deletes must not leave half a shard at the place of the whole one."""
    vectors.upsert(points(0, 5))
    served, shard, edge = tmp_path / "vectors" / "points-4", vectors._shard, vectors._shard._edge
    failures = [RuntimeError("damaged")]
    removed: list[Path] = []

    def load(path: str) -> object:
        if path == str(served) and failures:
            raise failures.pop()
        return edge.EdgeShard.load(path)

    rmtree = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", lambda path, *a, **more: (removed.append(path), rmtree(path, *a, **more)))
    monkeypatch.setattr(shard, "_edge", SimpleNamespace(EdgeShard=SimpleNamespace(load=load)))
    with pytest.raises(VectorsUnavailable):
        vectors.optimize()
    assert served not in removed
    assert (vectors.count(workspace_id="w"), leftovers(tmp_path)) == (5, [])


def test_a_file_is_copied_byte_for_byte_with_its_holes(tmp_path: Path) -> None:
    """A shard's files have 32 MB, of which a few kilobytes were written: each copy used to make it 200 MB of disk."""
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        for place in (0, 3 * 2**20 + 5, 9 * 2**20):
            file.seek(place)
            file.write(os.urandom(100_000))
        file.truncate(32 * 2**20)
    edge_shard._copy_file(str(source), str(target))
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_blocks <= source.stat().st_blocks + 64
    assert target.stat().st_mtime_ns == source.stat().st_mtime_ns
    for content in (b"", b"\0" * 5_000, b"words"):
        source.write_bytes(content)
        edge_shard._copy_file(str(source), str(target))
        assert target.read_bytes() == content


def test_what_a_swap_left_over_is_in_nobodys_way(vectors: EdgeVectors, tmp_path: Path) -> None:
    vectors.upsert(points(0, 5))
    (tmp_path / "vectors" / "points-4.before").mkdir()
    (tmp_path / "vectors" / "points-4.before" / "left").touch()
    assert vectors.optimize()
    assert (vectors.count(workspace_id="w"), leftovers(tmp_path)) == (5, ["points-4.optimized"])


def test_a_directory_that_cannot_be_renamed_is_served_on(vectors: EdgeVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors.upsert(points(0, 5))
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if target.suffix == ".before":
            raise PermissionError
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(VectorsUnavailable):
        vectors.optimize()
    assert vectors.count(workspace_id="w") == 5


@pytest.mark.parametrize("served", ["points-4", "points-4.before"])
def test_a_swap_that_was_cut_off_is_undone_or_done_at_the_next_start(tmp_path: Path, served: str) -> None:
    with closing(EdgeVectors(tmp_path / "vectors", 4)) as vectors:
        vectors.upsert(points(0, 7))
    folder = tmp_path / "vectors"
    for name in {"points-4.before", "points-4.optimizing"} - {served}:
        shutil.copytree(folder / "points-4", folder / name)
    (folder / "points-4").rename(folder / served)
    with closing(EdgeVectors(folder, 4)) as vectors:
        assert vectors.count(workspace_id="w") == 7
    assert leftovers(tmp_path) == []


def test_kill_9_leaves_nothing_half_and_brings_nothing_back(tmp_path: Path) -> None:
    """`python -m bench kills` does it thirty times with a store that takes long to optimize."""
    found = run(tmp_path, rounds=2, filler=0)
    assert found["written"] > 0
    assert found["killed_at"] == {"moved": 1}, "between the two renames of a swap"
    assert (found["half_indexed"], found["answered_after_deletion"], found["points_back"]) == (0, 0, 0)
