"""Documents: lists, content, files, pages, deletion."""

import io

import pytest
from PIL import Image

from pipeline.jobs import contents
from pipeline.stores.records.documents import documents
from tests.support.rows import spread_in_time


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "PNG")
    return out.getvalue()


def test_documents_are_listed_newest_first_page_by_page(house, client):
    ids = [house.upload(client, b"text %d" % n)["document"]["id"] for n in range(5)]
    with house.services.database.write() as connection:
        spread_in_time(connection, documents, ids)
    seen, cursor = [], None
    while True:
        page = client.get("/v1/documents", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids[::-1]


@pytest.mark.parametrize("query", ["cursor=nonsense", "limit=0", "limit=201", "limit=x"])
def test_a_list_with_a_bad_parameter_is_refused(client, problem, query):
    problem(client.get(f"/v1/documents?{query}"), 422, "invalid-request")


def test_content_is_not_there_before_the_document_was_read(house, client, problem):
    document = house.upload(client)["document"]
    for kind in ("markdown", "json", "text"):
        response = client.get(f"/v1/documents/{document['id']}/content?format={kind}")
        problem(response, 409, "result-not-ready")


def test_content_is_given_in_three_formats_and_kept(house, client):
    document = house.upload(client, "Größe\n\nSecond paragraph.".encode(), name="brief.txt")["document"]
    house.work()
    path = f"/v1/documents/{document['id']}/content"
    for kind, media_type, suffix in [
        ("markdown", "text/markdown; charset=utf-8", "md"),
        ("text", "text/plain; charset=utf-8", "txt"),
        ("json", "application/json", "json"),
    ]:
        first, second = client.get(path, params={"format": kind}), client.get(path, params={"format": kind})
        assert first.content == second.content
        assert "Größe" in first.text
        assert first.headers["content-type"] == media_type
        assert f'filename="brief.{suffix}"' in first.headers["content-disposition"]
        assert first.headers["x-content-type-options"] == "nosniff"
        assert first.headers["content-security-policy"].startswith("sandbox")
    assert client.get(path).text == client.get(path, params={"format": "markdown"}).text
    assert client.get(path, params={"format": "json"}).json()["shape"] == "text"


def test_content_that_an_earlier_version_made_is_made_again(house, client, monkeypatch):
    document = house.upload(client, b"As it is read now.")["document"]
    house.work()
    path = f"/v1/documents/{document['id']}/content"
    keep, kept = contents.keep, []
    monkeypatch.setattr(contents, "keep", lambda *given: kept.append(given[2]) or keep(*given))
    texts = [client.get(path).text for _ in range(2)]
    monkeypatch.setattr(contents, "CONVERSION_VERSION", contents.CONVERSION_VERSION + 1)
    texts += [client.get(path).text for _ in range(2)]
    assert len(set(texts)) == 1
    assert len(kept) == len(set(kept)) == 2, "once for each version"


def test_an_unknown_format_is_refused(house, client, problem):
    document = house.upload(client)["document"]
    problem(client.get(f"/v1/documents/{document['id']}/content?format=docx"), 422, "invalid-request")


def test_a_file_is_an_attachment_that_runs_nothing(house, client):
    document = house.upload(client, b"<html><script>alert(1)</script></html>", name="evil.html")["document"]
    response = client.get(f"/v1/documents/{document['id']}/file")
    assert response.headers["content-disposition"].startswith("attachment;")
    assert response.headers["content-security-policy"].startswith("sandbox")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_part_of_a_file_can_be_asked_for(house, client):
    document = house.upload(client, b"0123456789")["document"]
    path = f"/v1/documents/{document['id']}/file"
    part = client.get(path, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    beyond = client.get(path, headers={"Range": "bytes=10-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */10")


def test_a_page_is_shown_as_a_picture(house, client, problem):
    document = house.upload(client, png(), name="a.png", tasks="summarize")["document"]
    path = f"/v1/documents/{document['id']}/pages"
    problem(client.get(f"{path}/1.png"), 409, "result-not-ready")
    house.work()
    first, second = client.get(f"{path}/1.png"), client.get(f"{path}/1.png")
    assert first.headers["content-type"] == "image/png"
    assert first.headers["content-disposition"].startswith("inline;")
    assert Image.open(io.BytesIO(first.content)).format == "PNG"
    assert first.content == second.content
    problem(client.get(f"{path}/2.png"), 404, "not-found")
    problem(client.get(f"{path}/0.png"), 422, "invalid-request")
    problem(client.get(f"{path}/x.png"), 422, "invalid-request")


def test_a_text_has_no_pages(house, client, problem):
    document = house.upload(client)["document"]
    house.work()
    problem(client.get(f"/v1/documents/{document['id']}/pages/1.png"), 404, "not-found")


def test_a_deleted_document_leaves_a_receipt_and_nothing_else(house, client, problem):
    accepted = house.upload(client, b"Delete me, said the text.")
    document, job = accepted["document"]["id"], accepted["job"]["id"]
    house.work()
    client.get(f"/v1/documents/{document}/content")
    folder = house.folder / "blobs" / client.workspace_id / document
    assert any(folder.iterdir())
    receipt = client.delete(f"/v1/documents/{document}").json()
    assert receipt["document_id"] == document
    assert (receipt["chunks"], receipt["vectors"]) == (1, 1)
    assert receipt["blobs"] == 2  # the file, and its Markdown
    assert not folder.exists() or not any(folder.iterdir())
    for path in ("", "/content", "/file", "/pages/1.png"):
        problem(client.get(f"/v1/documents/{document}{path}"), 404, "not-found")
    problem(client.get(f"/v1/jobs/{job}/result"), 404, "not-found")
    problem(client.delete(f"/v1/documents/{document}"), 404, "not-found")
    problem(client.post("/v1/jobs", json={"document_id": document}), 404, "not-found")
    assert client.get("/v1/documents").json()["items"] == []


def test_deleting_a_document_ends_its_open_job(house, client):
    accepted = house.upload(client)
    client.delete(f"/v1/documents/{accepted['document']['id']}")
    assert client.get(f"/v1/jobs/{accepted['job']['id']}").json()["status"] == "cancelled"
