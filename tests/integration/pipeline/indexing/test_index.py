from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.errors import JobCancelled
from pipeline.filtering.conditions import Facts
from pipeline.filtering.parse import parse
from pipeline.indexing.chunks import Chunk
from pipeline.indexing.index import BATCH, WORDLESS, Target, chunk_id, index_document
from pipeline.indexing.sparse import query_vector
from pipeline.models.hashing import HashingEmbedder
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.vectors import VectorFilter
from schemas.documents import Document
from tests.support.corpus import chunked, written

EMBEDDER = HashingEmbedder()
FACTS = Facts(document_id="d", collection="c", media_type="text/plain", uploaded=5.0, fields={"/total": [12.5]})
TARGET = Target(workspace_id="w", revision=1, facts=FACTS)
LONG = written(
    *[("heading", f"Part {i}", 1) if i % 2 else " ".join(f"w{i}x{j}" for j in range(150)) for i in range(100)]
)
SHORT = written("One short paragraph about tractors.")


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[EdgeVectors]:
    with closing(EdgeVectors(tmp_path / "vectors", EMBEDDER.dimensions)) as made:
        yield made


def index(vectors: EdgeVectors, document: Document, target: Target = TARGET, **more) -> list[dict]:
    return index_document(chunked(document, EMBEDDER), target, embedder=EMBEDDER, vectors=vectors, **more)


def found(vectors: EdgeVectors, query: str, where: str | None = None) -> list[str]:
    hits = vectors.search(
        dense=EMBEDDER.embed([query])[0],
        sparse=query_vector(query),
        where=VectorFilter(workspace_id="w", condition=parse(where) if where else None),
        limit=5,
    )
    return [hit.id for hit in hits]


def test_every_chunk_is_a_row_and_a_point(vectors: EdgeVectors) -> None:
    rows = index(vectors, LONG)
    assert len(rows) > BATCH
    assert vectors.count(workspace_id="w", document_id="d") == len(rows)
    assert [row["number"] for row in rows] == list(range(len(rows)))
    assert len({row["id"] for row in rows}) == len(rows)
    assert set(rows[0]) == {
        "id", "workspace_id", "document_id", "revision", "number", "text", "section", "anchors",
    }  # fmt: skip


def test_a_chunk_is_found_by_its_words_and_filters(vectors: EdgeVectors) -> None:
    rows = index(vectors, LONG)
    wanted = next(row for row in rows if "w42x7" in row["text"])
    assert found(vectors, "w42x7 w42x8")[0] == wanted["id"]
    assert found(vectors, "w42x7", "collection = 'c' and type = 'text/plain' and fields./total = 12.5")
    assert found(vectors, "w42x7", "collection = 'other'") == []


def test_indexing_twice_writes_the_same_points(vectors: EdgeVectors) -> None:
    assert index(vectors, SHORT) == index(vectors, SHORT)
    assert vectors.count(workspace_id="w") == 1


def test_points_that_were_there_stay_beside_those_of_another_revision_or_text(vectors: EdgeVectors) -> None:
    (first,) = index(vectors, SHORT)
    (second,) = index(vectors, SHORT, replace(TARGET, revision=2))
    (third,) = index(vectors, written("Another paragraph about tractors."), replace(TARGET, revision=2))
    assert set(found(vectors, "tractors")) == {first["id"], second["id"], third["id"]}


def test_a_document_without_text_has_no_chunks(vectors: EdgeVectors) -> None:
    assert index(vectors, written()) == []
    assert vectors.count(workspace_id="w") == 0


class Counting(HashingEmbedder):
    """Notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return super().embed(texts)


def test_what_a_document_says_again_and_again_is_embedded_once(vectors: EdgeVectors) -> None:
    embedder = Counting()
    line = " ".join(f"word{number}" for number in range(254))
    document = written(*([line] * (2 * BATCH)), "Tractors come last.")
    rows = index_document(chunked(document, embedder), TARGET, embedder=embedder, vectors=vectors)
    assert len(rows) > 2 * BATCH
    assert embedder.asked == [line, "Tractors come last."]
    assert found(vectors, "tractors")[0] == rows[-1]["id"]
    assert vectors.count(workspace_id="w") == len(rows)


def test_a_chunk_without_words_costs_no_embedding_and_is_found_by_its_numbers(vectors: EdgeVectors) -> None:
    embedder = Counting()
    numbers = [" ".join(str(4_711_000 + 250 * row + column) for column in range(250)) for row in range(BATCH)]
    rows = index_document(chunked(written(*numbers), embedder), TARGET, embedder=embedder, vectors=vectors)
    assert embedder.asked == [WORDLESS]
    assert found(vectors, "4712003")[0] == next(row["id"] for row in rows if "4712003" in row["text"])


def test_an_id_depends_on_workspace_document_revision_number_and_text() -> None:
    others = [
        replace(TARGET, workspace_id="v"),
        replace(TARGET, facts=replace(FACTS, document_id="e")),
        replace(TARGET, revision=2),
    ]
    one = Chunk(number=0, text="quay", section=None, embedding_text="quay", anchors=[])
    changed = [replace(one, number=1), replace(one, text="key"), replace(one, embedding_text="Port > quay")]
    ids = {chunk_id(TARGET, one), *(chunk_id(TARGET, each) for each in changed), *(chunk_id(x, one) for x in others)}
    assert len(ids) == 7
    assert chunk_id(TARGET, one) == chunk_id(TARGET, replace(one, section="Port"))


def test_progress_grows_to_1(vectors: EdgeVectors) -> None:
    reported: list[float] = []
    index(vectors, LONG, progress=reported.append)
    assert reported == sorted(reported)
    assert (reported[0], reported[-1]) == (0.0, 1.0)
    assert len(reported) > 2


def test_progress_can_stop_the_work_which_can_be_done_again(vectors: EdgeVectors) -> None:
    def stop(share: float) -> None:
        if share > 0:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        index(vectors, LONG, progress=stop)
    assert vectors.count(workspace_id="w") == BATCH
    assert vectors.count(workspace_id="w") < len(index(vectors, LONG))
