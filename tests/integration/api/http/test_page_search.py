"""Pages that are found by their pictures: from the upload to the hit, with a server that knows three colours."""

import hashlib
import importlib
import io
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pytest

from pipeline.access.index_operator import IndexOperator
from pipeline.answering.corpus import WITHOUT_PAGES, corpus_of
from pipeline.answering.search import search
from pipeline.indexing.form import form
from pipeline.jobs.accept import Upload, accept
from pipeline.jobs.claims import claim
from pipeline.jobs.generations import OpenGenerations
from pipeline.jobs.leases import Lease
from pipeline.jobs.options import JobOptions
from pipeline.jobs.rebuild import Rebuild, Step
from pipeline.jobs.run import run_stage
from pipeline.jobs.sweep import sweep
from pipeline.models.openai_api.page_embedder import ServerPageEmbedder
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.services import Services
from pipeline.stores.records import stages
from schemas.answers import SearchRequest
from schemas.documents import Block, Document, Page, Words
from tests.support.generations import Openings
from tests.support.page_servers import PATH, page_server, page_settings, pages_at, pooling
from tests.support.stand_in import Answer, Asked, StandIn

conftest = importlib.import_module("tests.integration.api.http.conftest")
PAINT = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1)}


def painted(*pages: tuple[str, str], password: str | None = None) -> bytes:
    """A PDF with a colour and a text on each page; encrypted where a password is given."""
    document = pymupdf.open()
    for colour, text in pages:
        page = document.new_page(width=200, height=300)
        page.draw_rect(page.rect, fill=PAINT[colour], color=PAINT[colour])
        page.insert_text((10, 150), text, fontsize=4)
    if password is None:
        return bytes(document.tobytes())
    return bytes(document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=password, owner_pw=password))


class PageReader:
    """The words of a PDF, a paragraph a page, without the child process and without OCR."""

    def read(self, source: Any, **_: Any) -> Document:
        pages = [_page(number, page.get_text()) for number, page in enumerate(pymupdf.open(stream=source.read()), 1)]
        return Document(shape="pages", media_type="application/pdf", pages=pages)


def _page(number: int, text: str) -> Page:
    found = text.split()
    count = len(found)
    words = Words(text=found, x0=[0.1] * count, y0=[0.4] * count, x1=[0.2] * count, y1=[0.5] * count, line=[0] * count)
    blocks = [Block(kind="paragraph", start=0, stop=count, box=(0.1, 0.4, 0.2, 0.5))] if found else []
    return Page(number=number, width=200, height=300, source="text" if found else "none", words=words, blocks=blocks)


@pytest.fixture
def server() -> Iterator[StandIn]:
    with page_server() as made:
        yield made


@pytest.fixture(params=["edge", "server"])
def openings(tmp_path: Path, request: pytest.FixtureRequest) -> Openings:
    return Openings(tmp_path / "index", [conftest.LetterEmbedder()], server=request.param == "server")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Services]:
    made = conftest.build_services(tmp_path)
    made.vectors.close()
    yield replace(made, reader=PageReader())
    made.database.close()


def started(base: Services, openings: Openings, url: str | None, **more: Any) -> Services:
    """As a process that is started with that server, or without one."""
    (embedder,) = openings.models
    pages = pages_at(url, **more) if url else None
    chosen = page_settings(url, **more) if url else base.settings.page_embedder
    several = OpenGenerations(base.database, openings, embedder, form("letters", conftest.DIMENSIONS), pages)
    settings = base.settings.model_copy(update={"page_embedder": chosen})
    return replace(base, settings=settings, vectors=several.vectors, several=several)


@contextmanager
def house(services: Services, folder: Path) -> Iterator[Any]:
    with conftest.served(services) as (url, _):
        made = conftest.House(services, url, folder)
        try:
            yield made
        finally:
            for client in made.clients:
                client.close()
    services.vectors.close()


def hits(client: Any, query: str, **more: Any) -> list[dict[str, Any]]:
    return client.post("/v1/search", json={"query": query, **more}).json()["items"]


BOOK = (("red", "Harbour dues are listed here."), ("blue", ""))


def test_a_page_is_found_by_its_picture_and_is_gone_with_its_document(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path
) -> None:
    services = started(base, openings, server.url)
    with house(services, tmp_path) as made:
        client = made.tenant()
        other = made.upload(client, painted(("green", "Harbour dues of another port.")), name="b.pdf", collection="c")
        book = made.upload(client, painted(*BOOK), name="a.pdf")
        made.work()
        assert client.get(f"/v1/jobs/{book['job']['id']}").json()["status"] == "succeeded"

        blue = hits(client, "blue")[0]
        assert (blue["kind"], blue["document_id"], blue["text"]) == ("page", book["document"]["id"], "")
        assert blue["evidence"] == [{"kind": "page", "page": 2, "boxes": [[0.0, 0.0, 1.0, 1.0]], "quote": ""}]
        assert client.get(blue["image"]).headers["content-type"] == "image/png"

        red = hits(client, "red", limit=1)[0]
        assert (red["kind"], red["text"], red["image"]) == ("passage", "Harbour dues are listed here.", None)
        assert red["evidence"][0]["page"] == 1

        narrowed = hits(client, "red", filters={"collection": "c"})
        assert {hit["document_id"] for hit in narrowed} == {other["document"]["id"]}
        assert hits(made.tenant(), "blue") == []
        answer = client.post("/v1/answers", json={"question": "blue harbour dues?"}).json()
        assert all(citation["quote"] for citation in answer["citations"])

        assert client.delete(f"/v1/documents/{book['document']['id']}").status_code == 200
        assert [hit["document_id"] for hit in hits(client, "blue")] == [other["document"]["id"]]
        shelf = services.generations.searched()
        assert shelf.pages is not None
        assert shelf.pages.vectors.count(workspace_id=client.workspace_id) == 1


def test_a_search_goes_on_by_text_while_the_model_is_away(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path
) -> None:
    with house(started(base, openings, server.url), tmp_path) as made:
        client = made.tenant()
        made.upload(client, painted(*BOOK), name="a.pdf")
        made.work()
        server.answers[PATH] = (503, {"error": "busy"})
        found = client.post("/v1/search", json={"query": "harbour dues"}).json()
        assert found["items"][0]["text"] == "Harbour dues are listed here."
        assert [notice["code"] for notice in found["warnings"]] == ["pages-not-searched"]


def test_where_pictures_cannot_be_had_the_text_is_indexed_and_the_result_says_so(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path
) -> None:
    def refuses_pages(request: Asked) -> Answer:
        return (400, {"error": {"message": "no images"}}) if "messages" in request.json else pooling(request)

    server.answers[PATH] = refuses_pages
    with house(started(base, openings, server.url), tmp_path) as made:
        client = made.tenant()
        book = made.upload(client, painted(*BOOK), name="a.pdf")
        made.work()
        result = client.get(f"/v1/jobs/{book['job']['id']}/result").json()
        assert result["status"] == "partial"
        (notice,) = [one for one in result["warnings"] if one["code"] == "pages-not-indexed"]
        assert ": 1, 2." in notice["message"]
        assert [hit["kind"] for hit in hits(client, "harbour dues blue")] == ["passage"]

        server.answers[PATH] = pooling
        again = client.post("/v1/jobs", json={"document_id": book["document"]["id"], "tasks": ["index"]}).json()
        made.work()
        assert client.get(f"/v1/jobs/{again['id']}").json()["status"] == "succeeded"
        assert hits(client, "blue")[0]["kind"] == "page"


def test_a_server_that_is_away_is_waited_for_while_the_text_is_found(
    base: Services, openings: Openings, tmp_path: Path
) -> None:
    with house(started(base, openings, "http://127.0.0.1:9"), tmp_path) as made:
        client = made.tenant()
        book = made.upload(client, painted(*BOOK), name="a.pdf", tasks="index")
        made.work()
        stages = {stage["name"]: stage for stage in client.get(f"/v1/jobs/{book['job']['id']}").json()["stages"]}
        assert stages["index"]["status"] in {"ready", "waiting"}
        assert stages["index"]["problem"]["type"].endswith("model-unavailable")
        assert [hit["text"] for hit in hits(client, "harbour dues")] == ["Harbour dues are listed here."]


class Killed(BaseException):
    """What ends a process ends its stage without a word to anybody."""


def _killed(*_: object) -> None:
    raise Killed


def test_a_worker_that_is_killed_between_text_and_pictures_leaves_the_text_and_another_adds_the_pictures(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = _watched(openings, monkeypatch)
    services = started(base, openings, server.url)
    with house(services, tmp_path) as made:
        client = made.tenant()
        document_id = made.upload(client, painted(*BOOK), name="a.pdf")["document"]["id"]
        made.work()
        _replace(services, client.workspace_id, document_id, painted(("green", "Berths are free."), ("red", "")))
        with monkeypatch.context() as patched:
            patched.setattr(ServerPageEmbedder, "embed_pages", _killed)
            with pytest.raises(Killed):
                made.work()
        # All of the new revision's text and none of its pages; nothing of the old one.
        assert [(hit["kind"], hit["text"]) for hit in hits(client, "blue harbour")] == [("passage", "Berths are free.")]

    services = started(base, openings, server.url)
    _give_up_all(services)
    with house(services, tmp_path) as made:
        made.work()
        client = made.tenant(workspace_id=client.workspace_id)
        assert hits(client, "red")[0]["evidence"][0]["page"] == 2
        assert client.get("/v1/jobs").json()["items"][0]["status"] == "succeeded"
    assert embedded.count("Berths are free.") == 1


def _watched(openings: Openings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All texts that are embedded from now on."""
    (embedder,) = openings.models
    seen: list[str] = []
    embed = embedder.embed
    monkeypatch.setattr(embedder, "embed", lambda texts: seen.extend(texts) or embed(texts))
    return seen


def _give_up_all(services: Services) -> None:
    with services.database.write() as connection:
        stages.expire_all(connection)
    sweep(services)


def test_a_worker_that_comes_back_too_late_shows_no_text(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path
) -> None:
    services = started(base, openings, server.url)
    with house(services, tmp_path) as made:
        client = made.tenant()
        made.upload(client, painted(*BOOK), name="a.pdf", tasks="index")
        made.step("read")
        late = claim(services, "index", "late")
        assert late is not None
        _give_up_all(services)
        assert claim(services, "index", "other") is not None
        run_stage(services, late, Lease(late.stage))
        assert hits(client, "harbour dues") == []


def test_pages_are_drawn_by_the_child_and_those_of_an_encrypted_file_are_left_out(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path, warm_sandbox: Sandbox
) -> None:
    reader = Reader(warm_sandbox, None, base.settings.reading)
    services = replace(started(base, openings, server.url, weight=9.0), sandbox=warm_sandbox, reader=reader)
    with house(services, tmp_path) as made:
        client = made.tenant()
        made.upload(client, painted(("red", "Harbour dues.")), name="a.pdf", tasks="index")
        berths = made.upload(client, painted(("blue", "Berths.")), name="b.pdf", tasks="index")
        locked = painted(("blue", "Pilots."), password="sesame")
        secret = made.upload(client, locked, name="c.pdf", tasks="index", password="sesame")
        made.work()
        assert hits(client, "blue", limit=1)[0]["document_id"] == berths["document"]["id"]
        result = client.get(f"/v1/jobs/{secret['job']['id']}/result").json()
        assert (result["status"], [one["code"] for one in result["warnings"]]) == ("succeeded", ["pages-locked"])
        assert "Pilots." in [hit["text"] for hit in hits(client, "pilots")]
        shelf = services.generations.searched()
        assert shelf.pages is not None
        assert shelf.pages.vectors.count(workspace_id=client.workspace_id) == 2


def test_pages_beyond_the_limit_are_named_and_no_failure(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path
) -> None:
    with house(started(base, openings, server.url, max_pages=1), tmp_path) as made:
        client = made.tenant()
        book = made.upload(client, painted(*BOOK), name="a.pdf")
        made.work()
        result = client.get(f"/v1/jobs/{book['job']['id']}/result").json()
        assert result["status"] == "succeeded"
        assert "pages-beyond-limit" in [notice["code"] for notice in result["warnings"]]
        assert [hit for hit in hits(client, "blue") if hit["kind"] == "page"] == []


def test_a_new_revision_takes_the_place_of_the_old_pages_and_nothing_is_embedded_twice(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path
) -> None:
    services = started(base, openings, server.url)
    with house(services, tmp_path) as made:
        client = made.tenant()
        book = made.upload(client, painted(*BOOK), name="a.pdf")
        made.work()
        asked = len(server.asked)
        client.post("/v1/jobs", json={"document_id": book["document"]["id"], "tasks": ["index"]})
        made.work()
        assert len(server.asked) == asked

        _replace(services, client.workspace_id, book["document"]["id"], painted(("green", "")))
        made.work()
        found = hits(client, "blue green")
        assert [(hit["kind"], hit["evidence"][0]["page"]) for hit in found] == [("page", 1)]
        shelf = services.generations.searched()
        assert shelf.pages is not None
        assert shelf.pages.vectors.count(workspace_id=client.workspace_id) == 1


def _replace(services: Services, workspace_id: str, document_id: str, content: bytes) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    given = Upload(source=io.BytesIO(content), name="a.pdf", size=len(content), sha256=sha256)
    accept(services, given, JobOptions(tasks=("index",)), workspace_id=workspace_id, actor="t", replaces=document_id)


def test_switching_the_model_on_and_off_fills_another_index_and_goes_back(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path
) -> None:
    services = started(base, openings, None)
    with house(services, tmp_path) as made:
        client = made.tenant()
        made.upload(client, painted(*BOOK), name="a.pdf")
        made.work()
        assert {hit["kind"] for hit in hits(client, "blue")} == {"passage"}
        workspace_id = client.workspace_id

    services = started(base, openings, server.url)
    assert WITHOUT_PAGES in corpus_of(services).notices
    assert _rebuilt(services) == [Step.DONE, Step.EXCHANGED]
    assert "page" in _kinds(services, workspace_id)
    assert list(corpus_of(services).notices) == []
    services.vectors.close()

    services = started(base, openings, None)
    assert _rebuilt(services) == [Step.EXCHANGED]
    assert _kinds(services, workspace_id) == {"passage"}
    services.vectors.close()


def test_a_document_whose_pictures_are_refused_is_in_the_new_index_by_its_text_and_named(
    base: Services, openings: Openings, server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.jobs.transfer.RETRY_SECONDS", 0.0)
    services = started(base, openings, None)
    with house(services, tmp_path) as made:
        client = made.tenant()
        made.upload(client, painted(*BOOK), name="a.pdf")
        refused = made.upload(client, painted(("white", "Berths are free."), ("green", "")), name="b.pdf")
        made.work()
        workspace_id = client.workspace_id

    def refuses_green(request: Asked) -> Answer:
        answer = pooling(request)
        red, green, blue, _ = np.frombuffer(b64decode(answer[1]["data"][0]["data"]), "<f4").reshape(-1, 4).mean(axis=0)
        too_green = "messages" in request.json and green > 2 * max(red, blue)
        return (400, {"error": {"message": "too green"}}) if too_green else answer

    server.answers[PATH] = refuses_green
    services = started(base, openings, server.url)
    steps = _rebuilt(services)
    assert sorted(steps[:-1], key=str) == [Step.DONE, Step.DONE, Step.FAILED, Step.FAILED]
    assert steps[-1] is Step.EXCHANGED
    shown = IndexOperator(services.database).index()[1]
    assert (shown.status, shown.left_out) == ("active", 1)
    assert shown.problems == [(refused["document"]["id"], "model-rejected (pages only)")]
    found = search(SearchRequest(query="blue berths"), workspace_id=workspace_id, corpus=corpus_of(services)).items
    assert {(hit.kind, hit.document_name) for hit in found} >= {("page", "a.pdf"), ("passage", "b.pdf")}
    shelf = services.generations.searched()
    assert shelf.pages is not None
    assert shelf.pages.vectors.count(workspace_id=workspace_id) == 2, "no page of the one that was left out"
    services.vectors.close()


def _rebuilt(services: Services) -> list[Step]:
    assert isinstance(services.several, OpenGenerations)
    rebuild, steps = Rebuild(services, services.several, "me"), []
    while (step := rebuild.step()) is not Step.NOTHING and len(steps) < 9:
        steps.append(step)
    services.generations.shelves()
    return steps


def _kinds(services: Services, workspace_id: str) -> set[str]:
    found = search(SearchRequest(query="blue"), workspace_id=workspace_id, corpus=corpus_of(services))
    return {hit.kind for hit in found.items}
