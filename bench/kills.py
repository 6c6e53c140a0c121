"""kill -9 while documents are indexed, deleted, and the vector store is optimized: nothing half, nothing back.

A child process writes documents (points, then the transaction that makes them visible), deletes some, and optimizes all
the time. It is killed at a random moment; then its folder is opened and held against what it had acknowledged.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
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

ROUNDS, QUICK_ROUNDS = 20, 4
FILLER, QUICK_FILLER = 25_000, 0
"""Points of nobody, so that there is something to optimize."""
CHUNKS = 40
"""Of a document: more than are written at once."""
DIMENSIONS = 384
WORKSPACE = "ws_kills"


@dataclass
class Seen:
    """What was acknowledged before a kill, and what is wrong after it."""

    written: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    optimized: int = 0
    half: list[int] = field(default_factory=list)
    answered_after_deletion: list[int] = field(default_factory=list)


def main(quick: bool) -> dict[str, Any]:
    """Kill, open, look, again."""
    rounds, filler = (QUICK_ROUNDS, QUICK_FILLER) if quick else (ROUNDS, FILLER)
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        return run(Path(folder), rounds, filler)


def run(folder: Path, rounds: int, filler: int, seed: int = 1) -> dict[str, Any]:
    """So many kills of a process that works in the folder."""
    chance = random.Random(seed)
    _prepare(folder, filler)
    seen = Seen()
    for number in range(rounds):
        _killed(folder, seen, chance.uniform(0.0, 4.0))
        _look(folder, seen)
        print(f"kill {number + 1}: {len(seen.written)} written, {len(seen.deleted)} deleted", flush=True)
    return {
        "kills": rounds,
        "written": len(seen.written),
        "deleted": len(seen.deleted),
        "optimized": seen.optimized,
        "half_indexed": len(seen.half),
        "answered_after_deletion": len(seen.answered_after_deletion),
    }


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Database, EdgeVectors]]:
    database = Database(f"sqlite:///{folder / 'sheaf.db'}")
    with closing(database), closing(EdgeVectors(folder / "vectors", DIMENSIONS)) as vectors:
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


def _killed(folder: Path, seen: Seen, seconds: float) -> None:
    """Let a child work for so long after its first word, kill it, and note what it had acknowledged."""
    first = max(seen.written | seen.deleted, default=-1) + 1000
    command = [sys.executable, "-m", "bench.kills", str(folder), str(first)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    killing = threading.Timer(seconds, child.kill)
    killing.start()
    lines += child.stdout.readlines()
    child.wait()
    killing.join()
    child.stdout.close()
    for word, number in re.findall(r"^(written|deleted|optimized) (\d+)\n", "".join(lines), re.MULTILINE):
        if word == "written":
            seen.written.add(int(number))
        elif word == "deleted":
            seen.deleted.add(int(number))
        else:
            seen.optimized += 1


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
            if number in seen.deleted and (visible or ours):
                seen.answered_after_deletion.append(number)
            elif visible and (points != CHUNKS or not ours):
                seen.half.append(number)


def _work(folder: Path, first: int) -> None:
    """What is killed."""
    with _opened(folder) as (database, vectors):
        threading.Thread(target=_optimize, args=(vectors,), daemon=True).start()
        for number in count(first):
            _write(database, vectors, number)
            _say(f"written {number}")
            if number % 3 == 2:
                _delete(database, vectors, number - 1)


def _optimize(vectors: EdgeVectors) -> None:
    for number in count():
        if vectors.optimize():
            _say(f"optimized {number}")


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
    with database.write() as connection:
        rows_of.delete_chunks(connection, f"doc_{number}")


if __name__ == "__main__":
    _work(Path(sys.argv[1]), int(sys.argv[2]))
