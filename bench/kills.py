"""kill -9 while documents are indexed, deleted, and the vector store is optimized: nothing half, nothing back.

A child process writes documents (points, then the transaction that makes them visible) and deletes some, and its store
is optimized beside that as a service's is, only sooner. It is killed at a random moment, or kills itself at a moment of
optimizing that a random one hardly meets; then its folder is opened and held against what it had acknowledged.
"""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.answering.retrieval import Corpus
from pipeline.answering.sql_chunks import SqlChunks
from pipeline.filtering.conditions import Facts
from pipeline.indexing.chunks import Chunk, ChunkedDocument
from pipeline.indexing.index import Target, index_document
from pipeline.models.hashing import HashingEmbedder
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.records import chunks as rows_of
from pipeline.stores.records import documents, workspaces
from pipeline.stores.records.database import Database
from pipeline.stores.vectors import Point, SparseVector

ROUNDS, QUICK_ROUNDS = 30, 6
FILLER, QUICK_FILLER = 8_000, 0
"""Points of nobody, so that there is something to optimize."""
OPTIMIZE_POINTS = 200
"""Written since the last time, that start an optimizing; a tenth of all have to be new as well."""
SECONDS, QUICK_SECONDS = 20.0, 6.0
"""The longest life before a random kill; some outlive an optimizing."""
GIVEN_UP_SECONDS = 60.0
"""After which a child is killed that has not come to its moment."""
MOMENTS = ("moved", "copied", "built", "replayed", "swapped")
"""Of optimizing: between the two renames of the swap; before and behind what builds; before and behind the swap."""
CHUNKS = 40
"""Of a document: more than are written at once."""
DIMENSIONS = 384
WORKSPACE = "ws_kills"


@dataclass
class Seen:
    """What was acknowledged before a kill, and what is wrong after it."""

    written: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    """Of the deleted, those whose points are gone."""
    optimized: int = 0
    while_optimizing: int = 0
    """Random kills that met an optimizing."""
    at: Counter[str] = field(default_factory=Counter)
    """Kills at each moment of one."""
    half: list[int] = field(default_factory=list)
    answered_after_deletion: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    """Removed documents that have points again."""


def main(quick: bool) -> dict[str, Any]:
    """Kill, open, look, again."""
    rounds, filler, seconds = (QUICK_ROUNDS, QUICK_FILLER, QUICK_SECONDS) if quick else (ROUNDS, FILLER, SECONDS)
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        return run(Path(folder), rounds, filler, seconds)


def run(folder: Path, rounds: int, filler: int, seconds: float = QUICK_SECONDS, seed: int = 1) -> dict[str, Any]:
    """So many kills of a process that works in the folder."""
    chance = random.Random(seed)
    _prepare(folder, filler)
    seen = Seen()
    for number in range(rounds):
        moment = MOMENTS[number // 2 % len(MOMENTS)] if number % 2 else ""
        _killed(folder, seen, chance.uniform(0.0, seconds), moment)
        _look(folder, seen)
        met = f"at {moment}" if moment else "at random"
        told = f"{len(seen.written)} written, {len(seen.deleted)} deleted, {seen.optimized} times optimized"
        print(f"kill {number + 1} {met}: {told}", flush=True)
    return {
        "kills": rounds,
        "written": len(seen.written),
        "deleted": len(seen.deleted),
        "optimized": seen.optimized,
        "killed_while_optimizing": seen.while_optimizing,
        "killed_at": dict(seen.at),
        "half_indexed": len(seen.half),
        "answered_after_deletion": len(seen.answered_after_deletion),
        "points_back": len(seen.back),
    }


@contextmanager
def _opened(folder: Path, optimize_points: int = 0) -> Iterator[tuple[Database, EdgeVectors]]:
    database = Database(f"sqlite:///{folder / 'sheaf.db'}")
    store = EdgeVectors(folder / "vectors", DIMENSIONS, optimize_points)
    with closing(database), closing(store) as vectors:
        yield database, vectors


def _prepare(folder: Path, filler: int) -> None:
    with _opened(folder) as (database, vectors):
        database.migrate()
        with database.write() as connection:
            workspaces.add_workspace(connection, id=WORKSPACE, name="kills", webhook_secret="")
        made = np.random.default_rng(0)
        for start in range(0, filler, 500):
            dense = made.normal(size=(500, DIMENSIONS)).astype(np.float32)
            vectors.upsert([_filler(start + row, dense[row]) for row in range(500)])


def _filler(number: int, dense: Any) -> Point:  # noqa: ANN401 - an array
    return Point(
        id=f"00000000-0000-0000-0000-{number:012}",
        dense=dense,
        sparse=SparseVector(indices=[number % 997], values=[1.0]),
        workspace_id="ws_filler",
        document_id="filler",
        collection=None,
        media_type="text/plain",
    )


def _killed(folder: Path, seen: Seen, seconds: float, moment: str) -> None:
    """Let a child work for so long after its first word, or to its moment, and note what it had acknowledged."""
    first = max(seen.written | seen.deleted, default=-1) + 1000
    command = [sys.executable, "-m", "bench.kills", str(folder), str(first), moment]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    killing = threading.Timer(GIVEN_UP_SECONDS if moment else seconds, child.kill)
    killing.start()
    lines += child.stdout.readlines()
    child.wait()
    killing.cancel()
    killing.join()
    child.stdout.close()
    said: dict[str, list[str]] = {}
    for word, what in re.findall(r"^(\w+) (\w+)\n", "".join(lines), re.MULTILINE):
        said.setdefault(word, []).append(what)
    seen.written.update(map(int, said.get("written", ())))
    seen.deleted.update(map(int, said.get("deleted", ())))
    seen.removed.update(map(int, said.get("removed", ())))
    seen.at.update(said.get("at", ()))
    seen.optimized += len(said.get("optimized", ()))
    if not moment and len(said.get("optimizing", ())) > len(said.get("optimized", ())):
        seen.while_optimizing += 1


def _look(folder: Path, seen: Seen) -> None:
    embedder = HashingEmbedder(DIMENSIONS)
    with _opened(folder) as (database, vectors):
        corpus = Corpus(embedder=embedder, vectors=vectors, chunks=SqlChunks(database))
        for number in seen.written:
            document_id = f"doc_{number}"
            with database.read() as connection:
                visible = documents.get_document(connection, WORKSPACE, document_id) is not None
            points = vectors.count(workspace_id=WORKSPACE, document_id=document_id)
            found = corpus.retrieve(f"word{number}", workspace_id=WORKSPACE, filters=None, limit=CHUNKS)
            ours = sum(passage.chunk.document_id == document_id for passage in found)
            if number in seen.removed and points:
                seen.back.append(number)
            if number in seen.deleted and (visible or ours):
                seen.answered_after_deletion.append(number)
            elif visible and (points != CHUNKS or not ours):
                seen.half.append(number)


def _work(folder: Path, first: int, moment: str) -> None:
    """What is killed."""
    EdgeVectors.flush_points = OPTIMIZE_POINTS  # it is looked at so often whether optimizing pays
    with _opened(folder, OPTIMIZE_POINTS) as (database, vectors):
        _tell_of_optimizing(vectors)
        if moment:
            _die_at(moment, vectors._shard)  # noqa: SLF001 - there is no other way to be there
        for number in count(first):
            _write(database, vectors, number)
            _say(f"written {number}")
            if number % 3 == 2:
                _delete(database, vectors, number - 1)


def _tell_of_optimizing(vectors: EdgeVectors) -> None:
    optimize = vectors.optimize

    def told() -> bool:
        _say("optimizing now")
        done = optimize()
        _say("optimized now" if done else "left now")
        return done

    vectors.optimize = told  # type: ignore[method-assign]


def _die_at(moment: str, shard: Any) -> None:  # noqa: ANN401 - a `Shard`, whose steps are its own
    def die() -> None:
        _say(f"at {moment}")
        os.kill(os.getpid(), signal.SIGKILL)

    def last(name: str) -> None:
        step: Callable[[], Any] = getattr(shard, name)

        def done() -> None:
            step()
            die()

        setattr(shard, name, done)

    if moment == "replayed":
        shard._swap = die  # noqa: SLF001
    elif moment == "moved":
        rename = Path.rename

        def renamed(path: Path, target: Path) -> Path:
            moved = rename(path, target)
            if target.suffix == ".before":
                die()
            return moved

        setattr(Path, "rename", renamed)  # noqa: B010 - a class of others
    else:
        last({"copied": "_copy_flushed", "built": "_optimize_copy", "swapped": "_swap"}[moment])


def _say(line: str) -> None:
    """In one piece: two threads speak, and the last line may be cut by the kill."""
    os.write(1, f"{line}\n".encode())


def _write(database: Database, vectors: EdgeVectors, number: int) -> None:
    chunks = [
        Chunk(
            number=place,
            text=f"word{number} place{place}",
            section=None,
            embedding_text=f"word{number} place{place}",
            anchors=[],
        )
        for place in range(CHUNKS)
    ]
    facts = Facts(document_id=f"doc_{number}", collection=None, media_type="text/plain", uploaded=0.0)
    target = Target(workspace_id=WORKSPACE, revision=1, facts=facts)
    embedder = HashingEmbedder(DIMENSIONS)
    rows = index_document(ChunkedDocument(chunks=chunks), target, embedder=embedder, vectors=vectors)
    with database.write() as connection:
        documents.add_document(
            connection,
            id=facts.document_id,
            workspace_id=WORKSPACE,
            name=str(number),
            media_type="text/plain",
            collection=None,
            metadata={},
            blob_key=str(number),
            size=1,
            sha256=f"{number:064}",
        )
        rows_of.replace_chunks(connection, facts.document_id, rows)


def _delete(database: Database, vectors: EdgeVectors, number: int) -> None:
    """In the order of `pipeline.jobs.deletion`: invisible first, then removed."""
    with database.write(durable=True) as connection:
        documents.mark_deleted(connection, f"doc_{number}")
    _say(f"deleted {number}")
    vectors.delete_document(workspace_id=WORKSPACE, document_id=f"doc_{number}")
    _say(f"removed {number}")
    with database.write() as connection:
        rows_of.delete_chunks(connection, f"doc_{number}")


if __name__ == "__main__":
    _work(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
