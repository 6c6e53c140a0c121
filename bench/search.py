"""How long a search takes through REST, against embedding the query and the same hybrid query without the service.

The corpus is generated: texts of words by Zipf's law, and for each chunk a unit vector near one of a thousand centres
in place of its embedding (embedding 100,000 chunks takes an hour); queries are embedded for real. The service answers
from its own folder; the baseline asks a copy of the index in this process. Both are asked in turn, medians compared.
"""

import random
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.service import Service
from pipeline.indexing.form import place
from pipeline.indexing.sparse import document_vector, query_vector
from pipeline.model_settings import MiniLMEmbedder
from pipeline.models.minilm import MiniLM
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.records import chunks as rows_of
from pipeline.stores.records import documents
from pipeline.stores.records.database import Database
from pipeline.stores.records.workspaces import workspaces
from pipeline.stores.vectors import Point, VectorFilter

CHUNKS, QUICK_CHUNKS = 100_000, 4_000
QUERIES, QUICK_QUERIES = 400, 60
CHUNKS_PER_DOCUMENT = 100
WORDS_PER_CHUNK = 90
VOCABULARY = 30_000
CENTRES = 1_000
BATCH = 500
WARM = 10


class Texts:
    """Words by Zipf's law, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        made = random.Random(seed)
        letters = "abcdefghiklmnoprstuvw"
        self._words = ["".join(made.choices(letters, k=made.randint(3, 10))) for _ in range(VOCABULARY)]
        self._weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self._random = made

    def text(self, words: int) -> str:
        """So many words in sentences of twelve."""
        found = self._random.choices(self._words, cum_weights=self._weights, k=words)
        return " ".join(f"{word}." if number % 12 == 11 else word for number, word in enumerate(found))

    def query(self) -> str:
        """A few words that are not the most frequent ones."""
        return " ".join(self._random.choices(self._words[50:5_000], k=5))


def main(quick: bool) -> dict[str, Any]:
    """Fill, ask, compare."""
    count, asked = (QUICK_CHUNKS, QUICK_QUERIES) if quick else (CHUNKS, QUERIES)
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        settings = {"SHEAF_TRANSCRIBER__KIND": "none", "SHEAF_LOG_LEVEL": "WARNING"}
        service = Service(Path(folder), settings)
        try:
            service.wait_until_ready()
        finally:
            service.stop()
        data = Path(folder) / "data"
        index = data / "vectors" / place(1, MiniLM.name)
        workspace_id, seconds = _fill(data, index, count)
        print(f"{count} chunks written and optimized in {seconds:.0f} s", flush=True)
        copy = Path(folder) / "copy"
        shutil.copytree(index, copy)
        service = Service(Path(folder), settings)
        try:
            service.wait_until_ready()
            return {"chunks": count, **_compare(service, data, copy, workspace_id, asked)}
        finally:
            service.stop()


def _fill(data: Path, index: Path, count: int) -> tuple[str, float]:
    started = time.perf_counter()
    texts, made = Texts(1), np.random.default_rng(7)
    centres = made.normal(size=(CENTRES, 384)).astype(np.float32)
    with closing(Database(f"sqlite:///{data / 'sheaf.db'}")) as database, closing(EdgeVectors(index, 384)) as vectors:
        with database.read() as connection:
            workspace_id = str(connection.execute(workspaces.select()).mappings().one()["id"])
        for number, rows in enumerate(_documents(texts, workspace_id, count)):
            with database.write() as connection:
                _add_document(connection, workspace_id, rows[0]["document_id"], number)
                rows_of.replace_chunks(connection, rows[0]["document_id"], rows)
            vectors.upsert(list(_points(rows, centres, made)))
            if number % 100 == 0:
                print(f"{number * CHUNKS_PER_DOCUMENT} chunks", flush=True)
        vectors.optimize()
    return workspace_id, time.perf_counter() - started


def _documents(texts: Texts, workspace_id: str, count: int) -> Iterator[list[dict[str, Any]]]:
    for number in range(count // CHUNKS_PER_DOCUMENT):
        document_id = f"doc_{number:08}"
        yield [
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{document_id}/{place}")),
                "workspace_id": workspace_id,
                "document_id": document_id,
                "revision": 1,
                "number": place,
                "text": texts.text(WORDS_PER_CHUNK),
                "section": None,
                "anchors": [],
            }
            for place in range(CHUNKS_PER_DOCUMENT)
        ]


def _add_document(connection: Any, workspace_id: str, document_id: str, number: int) -> None:  # noqa: ANN401
    documents.add_document(
        connection,
        id=document_id,
        workspace_id=workspace_id,
        name=f"{number}.txt",
        media_type="text/plain",
        collection=None,
        metadata={},
        blob_key=f"{workspace_id}/{document_id}",
        size=1,
        sha256=f"{number:064}",
    )


def _points(rows: list[dict[str, Any]], centres: NDArray[np.float32], made: np.random.Generator) -> Iterator[Point]:
    for row in rows:
        vector = centres[made.integers(CENTRES)] + 0.8 * made.normal(size=384)
        yield Point(
            id=row["id"],
            dense=(vector / np.linalg.norm(vector)).astype(np.float32),
            sparse=document_vector(row["text"], "en"),
            workspace_id=row["workspace_id"],
            document_id=row["document_id"],
            collection=None,
            media_type="text/plain",
        )


def _compare(service: Service, data: Path, copy: Path, workspace_id: str, asked: int) -> dict[str, Any]:
    texts = Texts(1)
    where = VectorFilter(workspace_id=workspace_id)
    embedder = MiniLM(data / "models", MiniLMEmbedder().threads)
    rest: list[float] = []
    bare: list[float] = []
    with closing(EdgeVectors(copy, 384)) as vectors, service.client() as client:
        for number, query in enumerate(islice(iter(texts.query, None), asked + WARM)):
            started = time.perf_counter()
            answer = client.post("/v1/search", json={"query": query, "limit": 10})
            between = time.perf_counter()
            vectors.search(dense=embedder.embed([query])[0], sparse=query_vector(query), where=where, limit=20)
            ended = time.perf_counter()
            if len(answer.raise_for_status().json()["items"]) != 10:
                raise RuntimeError("a search through REST found fewer than ten passages")
            if number >= WARM:
                rest.append(1000 * (between - started))
                bare.append(1000 * (ended - between))
    return {
        "p50_ms": round(statistics.median(rest), 2),
        "p99_ms": round(statistics.quantiles(rest, n=100)[98], 2),
        "edge_p50_ms": round(statistics.median(bare), 2),
        "ratio_to_edge": round(statistics.median(rest) / statistics.median(bare), 3),
    }
