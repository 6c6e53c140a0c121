"""Batches over REST."""

import json

import pytest

from pipeline.jobs.batches import step_batches


def finish(house):
    for _ in range(50):
        more = step_batches(house.services)
        house.work()
        if not more:
            break
    step_batches(house.services)


@pytest.fixture
def folder(house, request):
    made = house.folder / "inbox" / request.node.name
    made.mkdir()
    for number in range(3):
        (made / f"{number}.txt").write_text(f"{request.node.name} text {number}")
    (made / "empty.txt").write_text("")
    return made.name


def test_a_folder_is_ingested_and_reported(house, client, folder):
    response = client.post("/v1/batches", json={"source": f"inbox/{folder}", "tasks": "index"})
    assert response.status_code == 202
    batch = response.json()
    assert response.headers["location"] == f"/v1/batches/{batch['id']}"
    assert (batch["status"], batch["progress"]) == ("listing", 0.0)
    finish(house)
    path = f"/v1/batches/{batch['id']}"
    done = client.get(path).json()
    assert (done["status"], done["progress"]) == ("finished", 1.0)
    assert done["files"] == {"succeeded": 3, "refused": 1}
    assert [item["id"] for item in client.get("/v1/batches").json()["items"]] == [batch["id"]]
    refused = client.get(f"{path}/files", params={"status": ["refused", "failed"]}).json()["items"]
    assert [(file["path"], file["problem"]["type"]) for file in refused] == [
        ("empty.txt", "urn:sheaf:problem:empty-file")
    ]
    lines = [json.loads(line) for line in client.get(f"{path}/report").text.splitlines()]
    assert [line["path"] for line in lines] == ["0.txt", "1.txt", "2.txt", "empty.txt"]
    assert all(line["job_id"] for line in lines[:3])
    table = client.get(f"{path}/report?format=text")
    assert table.headers["content-type"].startswith("text/plain")
    assert "empty.txt" in table.text
    assert "     3  succeeded" in table.text


def test_files_are_listed_page_by_page(house, client, folder):
    batch = client.post("/v1/batches", json={"source": f"inbox/{folder}"}).json()
    finish(house)
    path = f"/v1/batches/{batch['id']}/files"
    page = client.get(path, params={"limit": 3}).json()
    rest = client.get(path, params={"limit": 3, "cursor": page["next_cursor"]}).json()
    assert [file["number"] for file in page["items"] + rest["items"]] == [1, 2, 3, 4]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("source", ["inbox/../blobs", "inbox/../../etc", "elsewhere", "/etc", "inbox//../.."])
def test_a_source_outside_the_roots_is_forbidden(client, problem, source):
    problem(client.post("/v1/batches", json={"source": source}), 403, "forbidden-path")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"source": "inbox", "schema": "nothing"}, "unknown-schema"),
        ({"source": "inbox", "webhook_url": "http://10.0.0.1/"}, "invalid-webhook-url"),
        ({"source": "inbox", "tasks": ["fly"]}, "invalid-request"),
        ({"source": ""}, "invalid-request"),
    ],
)
def test_a_batch_that_cannot_be_run_is_refused(client, problem, body, kind):
    problem(client.post("/v1/batches", json=body), 422, kind)


def test_a_report_shows_no_character_that_could_move_a_cursor(house, client):
    made = house.folder / "inbox" / "hostile"
    made.mkdir()
    (made / "a\x1b[2Jb.txt").write_text("words")
    batch = client.post("/v1/batches", json={"source": "inbox/hostile"}).json()
    finish(house)
    assert "\x1b" not in client.get(f"/v1/batches/{batch['id']}/report?format=text").text
