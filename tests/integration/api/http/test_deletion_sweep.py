"""After a deletion nothing of the document is left: a sweep through every file of the data folder."""

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.jobs.sweep import tidy
from pipeline.stores.records import documents, jobs
from pipeline.stores.records.tables import metadata

CANARY = "Kormoranzanzibarschokolade"
SPELLINGS = [
    spelling.encode(encoding)
    for spelling in (CANARY, CANARY.lower(), CANARY.upper())
    for encoding in ("utf-8", "utf-16-le")
]


def content(path: Path) -> bytes:
    """What was written to the file: the vector store makes large ones that are mostly holes."""
    written, place, size = b"", 0, path.stat().st_size
    with path.open("rb") as file:
        while place < size:
            try:
                start = os.lseek(file.fileno(), place, os.SEEK_DATA)
            except OSError:  # nothing but a hole follows
                break
            place = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            written += os.pread(file.fileno(), place - start, start)
    return written


def found(folder: Path) -> set[str]:
    """Files that hold the canary in their content or their name."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and holds(path)}


def holds(path: Path) -> bool:
    text = content(path)
    return any(one in text for one in SPELLINGS) or CANARY.lower() in path.name.lower()


def rows_with_canary(services) -> list[str]:
    with services.database.read() as connection:
        return [
            table.name
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            if CANARY.lower() in repr(tuple(row)).lower()
        ]


def document(words: int) -> bytes:
    return "\n".join(f"{CANARY} number {n} has the total {n}.50 EUR." for n in range(words)).encode()


def everything_made_of_it(house, client, content: bytes) -> str:
    """Upload, work, look at it in every way, run it again, send its webhooks, ask about it."""
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "description": CANARY}
    accepted = house.upload(
        client,
        content,
        f"{CANARY}.txt",
        schema=json.dumps(schema),
        metadata=json.dumps({"about": CANARY}),
        collection="birds",
        webhook_url=f"http://127.0.0.1:9999/{CANARY.lower()}",
    )
    house.work()
    document_id = accepted["document"]["id"]
    for path in ("file", "content?format=json", "content?format=markdown", "content?format=text"):
        assert client.get(f"/v1/documents/{document_id}/{path}").status_code == 200
    assert client.post("/v1/jobs", json={"document_id": document_id, "tasks": ["summarize"]}).status_code == 202
    house.work()
    answer = client.post("/v1/answers", json={"question": "What is the total?", "conversation_id": "new"})
    assert CANARY in answer.text
    return document_id


@pytest.mark.parametrize("words", [3, 150, 900], ids=["in one page", "in overflow pages", "in blobs"])
def test_a_sweep_finds_nothing_of_a_deleted_document(house, words):
    client = house.tenant()
    around = [house.upload(client, b"Something about a heron.", f"{n}.txt")["document"]["id"] for n in range(5)]
    document_id = everything_made_of_it(house, client, document(words))
    around += [house.upload(client, b"Something about a bittern.", f"{n}.txt")["document"]["id"] for n in range(5)]
    house.work()
    assert any(name.startswith("sheaf.db") for name in found(house.folder)), "there is something to find"
    assert any(name.startswith("blobs") for name in found(house.folder))

    receipt = client.delete(f"/v1/documents/{document_id}").json()
    assert receipt["document_id"] == document_id
    assert receipt["blobs"] >= 1
    assert receipt["chunks"] == receipt["vectors"] >= 1
    assert client.get(f"/v1/documents/{document_id}").status_code == 404
    assert CANARY not in client.post("/v1/search", json={"query": CANARY}).text.replace(f'"query":"{CANARY}"', "")
    assert rows_with_canary(house.services) == []

    tidy(house.services)
    assert found(house.folder) == set()
    assert all(client.get(f"/v1/documents/{one}").status_code == 200 for one in around)


def test_deleted_while_it_is_worked_on_nothing_reappears(house):
    client = house.tenant()
    house.work()
    accepted = house.upload(client, document(50), f"{CANARY}.txt")
    assert house.step("read")
    assert client.delete(f"/v1/documents/{accepted['document']['id']}").status_code == 200
    house.work()
    tidy(house.services)
    assert rows_with_canary(house.services) == []
    assert found(house.folder) == set()


def a_minute_later(house):
    read, ended = documents.documents, jobs.jobs
    with house.services.database.write() as connection:
        connection.execute(read.update().values(read_at=read.c.read_at - 61))
        connection.execute(ended.update().values(finished_at=ended.c.finished_at - 61))


def test_what_is_not_stored_leaves_nothing_once_it_was_read(house, problem):
    client = house.tenant()
    accepted = house.upload(client, document(20), f"{CANARY}.txt", store="none")
    house.work()
    assert client.head(f"/v1/jobs/{accepted['job']['id']}/result").status_code == 200
    a_minute_later(house)
    tidy(house.services)
    assert CANARY in client.get(f"/v1/jobs/{accepted['job']['id']}/result").text
    assert CANARY not in client.post("/v1/search", json={"query": "total"}).text
    a_minute_later(house)
    tidy(house.services)
    assert client.get(f"/v1/jobs/{accepted['job']['id']}/result").status_code == 404
    assert rows_with_canary(house.services) == []
    assert found(house.folder) == set()
    for fields in ({"store": "all"}, {"store": "none", "retention": "x"}, {"retention": "none"}, {"retention": "x"}):
        refused = client.post("/v1/documents", files={"file": ("a.txt", b"a")}, data=fields)
        problem(refused, 422, "invalid-request")
