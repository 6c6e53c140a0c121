"""Search and answers over REST."""

import json
from dataclasses import replace

import pytest

from pipeline.answering.ask import WITHHELD
from tests.integration.api.http.conftest import served
from tests.support.writing import Writing


@pytest.fixture(scope="module")
def library(house):
    client = house.tenant()
    whale = house.upload(client, b"The blue whale is the largest animal.", name="whale.txt", collection="sea")
    house.upload(
        client,
        b"Quartz is a hard mineral.",
        name="quartz.txt",
        collection="rock",
        metadata='{"tags": ["hard"], "n": 7.5}',
    )
    house.work()
    return client, whale["document"]["id"]


def test_a_search_finds_a_passage_and_where_it_stands(library):
    client, whale = library
    hit = client.post("/v1/search", json={"query": "largest animal whale"}).json()["items"][0]
    assert (hit["document_id"], hit["document_name"]) == (whale, "whale.txt")
    assert "blue whale" in hit["text"]
    assert hit["evidence"][0]["kind"] == "text"


def test_a_document_that_came_twice_is_shown_and_cited_once_and_the_other_is_named(house):
    client = house.tenant()
    names = {
        house.upload(client, b"The osprey eats fish." + end, name=f"{n}.txt")["document"]["id"]
        for n, end in enumerate((b"", b"\n"))
    }
    house.work()
    (hit,) = client.post("/v1/search", json={"query": "osprey"}).json()["items"]
    (other,) = hit["also_in"]
    assert {hit["document_id"], other["document_id"]} == names
    assert (hit["chunk_ids"], other["exact"]) == ([hit["chunk_id"]], True)
    (citation,) = client.post("/v1/answers", json={"question": "What eats the osprey?"}).json()["citations"]
    assert {citation["document_id"], *(each["document_id"] for each in citation["also_in"])} == names
    assert citation["chunk_ids"] == [citation["chunk_id"]]


def test_a_search_can_be_narrowed(library):
    client, whale = library
    wanted = {"query": "largest animal", "filters": {"collection": "rock"}}
    assert {hit["document_name"] for hit in client.post("/v1/search", json=wanted).json()["items"]} == {"quartz.txt"}
    wanted = {"query": "mineral", "filters": {"document_ids": [whale]}, "limit": 1}
    assert [hit["document_id"] for hit in client.post("/v1/search", json=wanted).json()["items"]] == [whale]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("tags = 'hard' and metadata./n > 7", {"quartz.txt"}),
        ("not tags = 'hard'", {"whale.txt"}),
        ("uploaded >= 2024-01-01 and type = 'text/plain'", {"quartz.txt", "whale.txt"}),
        ("uploaded < 2024-01-01 or metadata./n > 7.5", set()),
    ],
)
def test_a_search_and_a_question_can_be_narrowed_by_a_filter(library, where, names):
    client, _ = library
    wanted = {"query": "animal mineral", "filters": {"where": where}}
    assert {hit["document_name"] for hit in client.post("/v1/search", json=wanted).json()["items"]} == names
    asked = {"question": "What is the largest animal?", "filters": {"where": where}}
    answer = client.post("/v1/answers", json=asked).json()
    assert {citation["document_name"] for citation in answer["citations"]} <= names


@pytest.mark.parametrize("route", ["/v1/search", "/v1/answers"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_filter_that_cannot_be_read_is_a_problem_that_says_where(client, problem, route, stream):
    asked = {"query": "a"} if route == "/v1/search" else {"question": "a", "stream": stream}
    unread, endless = ({"filters": {"where": where}} for where in ("tags = 'a' and total > 5", "(" * 100_000))
    body = problem(client.post(route, json=asked | unread), 422, "invalid-filter")
    assert body["at"] == 15
    assert "fields./POINTER" in body["detail"]
    body = problem(client.post(route, json=asked | endless), 422, "invalid-filter")
    assert body["limit"] == 4_000


@pytest.mark.parametrize(
    ("filters", "name"),
    [
        (r'{"where": "collection = \"\\ud800\""}', "invalid-filter"),
        (r'{"where": "fields.\"/\\ud800\" = 1"}', "invalid-filter"),
        (r'{"fields": {"/a": "\ud800"}}', "invalid-request"),
        (r'{"fields": {"/\ud800": 1}}', "invalid-request"),
        (r'{"collection": "\ud800"}', "invalid-request"),
        (r'{"document_ids": ["\ud800"]}', "invalid-request"),
    ],
)
def test_a_filter_with_half_of_a_surrogate_pair_is_refused(library, problem, filters, name):
    client, _ = library
    body = '{"query": "whale", "filters": ' + filters + "}"
    problem(client.post("/v1/search", content=body, headers={"content-type": "application/json"}), 422, name)


def test_a_search_finds_nothing_of_another_workspace(library, client):
    assert client.post("/v1/search", json={"query": "blue whale"}).json()["items"] == []


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": "a", "limit": 101}, {"query": "a", "filters": {"x": 1}}])
def test_a_search_that_makes_no_sense_is_refused(client, problem, body):
    problem(client.post("/v1/search", json=body), 422, "invalid-request")


def test_a_question_is_answered_with_citations(library):
    client, whale = library
    answer = client.post("/v1/answers", json={"question": "What is the largest animal?"}).json()
    assert answer["answered"]
    assert "blue whale" in answer["text"]
    assert answer["citations"][0]["document_id"] == whale
    assert answer["citations"][0]["evidence"][0]["kind"] == "text"


def test_a_question_that_nothing_answers_is_not_answered(client):
    answer = client.post("/v1/answers", json={"question": "Who won the race?"}).json()
    assert (answer["answered"], answer["citations"]) == (False, [])


def test_an_answer_can_be_streamed(library):
    client, _ = library
    wanted = {"question": "What is the largest animal?", "stream": True}
    events = []
    with client.stream("POST", "/v1/answers", json=wanted) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for line in response.iter_lines():
            if line.startswith("event: "):
                events.append((line.removeprefix("event: "), None))
            elif line.startswith("data: "):
                events[-1] = (events[-1][0], json.loads(line.removeprefix("data: ")))
    names = [name for name, _ in events]
    assert (names[0], names[-1]) == ("retrieved", "done")
    assert {"token", "citation"} <= set(names)
    spoken = "".join(data["text"] for name, data in events if name == "token")
    assert spoken == events[-1][1]["answer"]["text"]


@pytest.mark.parametrize("route", ["/v1/answers", "/v1/chat/completions"])
def test_a_document_deleted_while_it_is_quoted_ends_the_stream_without_it(house, route):
    client = house.tenant()
    heron = house.upload(client, b"The heron waits.", name="heron.txt")["document"]["id"]
    house.work()
    model = Writing(["The heron waits.", lambda: client.delete(f"/v1/documents/{heron}").raise_for_status()])
    asked = {"question": "Who waits?", "stream": True}
    if route != "/v1/answers":
        asked = {"model": "sheaf", "messages": [{"role": "user", "content": "Who waits?"}], "stream": True}
    with served(replace(house.services, chat=model)) as (url, _):
        lines = client.post(url + route, json=asked).text.splitlines()
    sent = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    choices = [choice["delta"].get("content", "") for each in sent for choice in each.get("choices", ())]
    said = "".join(choices or [each["text"] for each in sent if "text" in each])
    assert said == f"The heron waits. [1]\n\n{WITHHELD}"
    answer = sent[-1].get("answer") or sent[-1]["sheaf"]
    assert (answer["answered"], answer["citations"]) == (False, [])
    assert [warning["code"] for warning in answer["warnings"]] == ["documents-changed"]


def test_a_conversation_understands_followups(library):
    client, _ = library
    first = client.post("/v1/answers", json={"question": "What is said of the whale?", "conversation_id": "new"}).json()
    assert first["conversation_id"].startswith("conv_")
    assert first["understood_as"] is None
    wanted = {"question": "And its size?", "conversation_id": first["conversation_id"]}
    second = client.post("/v1/answers", json=wanted).json()
    assert (second["question"], second["understood_as"]) == ("And its size?", "And its size? (whale)")
    assert second["conversation_id"] == first["conversation_id"]


def test_an_answer_outside_of_a_conversation_begins_none(library):
    client, _ = library
    assert client.post("/v1/answers", json={"question": "What is a whale?"}).json()["conversation_id"] is None


def test_a_conversation_of_another_workspace_is_not_there(library, client, problem):
    mine, _ = library
    wanted = {"question": "What is said of the whale?", "conversation_id": "new"}
    begun = mine.post("/v1/answers", json=wanted).json()["conversation_id"]
    for stream in (False, True):
        wanted = {"question": "And its size?", "conversation_id": begun, "stream": stream}
        problem(client.post("/v1/answers", json=wanted), 404, "not-found")
