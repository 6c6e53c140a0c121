"""OpenAI's door."""

import json

import pytest


@pytest.fixture(scope="module")
def library(house):
    client = house.tenant()
    whale = house.upload(client, b"The blue whale is the largest animal.", name="whale.txt", collection="sea")
    house.upload(client, b"Quartz is a hard mineral.", name="quartz.txt", collection="rock")
    house.work()
    return client, whale["document"]["id"]


def ask(client, *texts, **more):
    messages = [{"role": "user", "content": text} for text in texts]
    return client.post("/v1/chat/completions", json={"model": "sheaf", "messages": messages, **more})


def test_an_answer_has_openais_form_and_marks_its_citations(library):
    client, whale = library
    made = ask(client, "What is the largest animal?", temperature=0.2, tools=[]).json()
    message = made["choices"][0]["message"]
    assert (made["object"], made["choices"][0]["finish_reason"]) == ("chat.completion", "stop")
    assert "blue whale" in message["content"]
    citation = message["annotations"][0]["url_citation"]
    assert message["content"][citation["start_index"] : citation["end_index"]] == "[1]"
    assert citation["title"] == "whale.txt"
    assert f"/v1/documents/{whale}/file" in citation["url"]
    assert made["sheaf"]["citations"][0]["evidence"][0]["kind"] == "text"
    assert made["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def test_a_stream_is_chunks_whose_texts_are_the_answer(library):
    client, _ = library
    whole = ask(client, "What is the largest animal?").json()["choices"][0]["message"]
    options = {"stream": True, "stream_options": {"include_usage": True}}
    lines = [line for line in ask(client, "What is the largest animal?", **options).text.splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content", "") for delta in deltas) == whole["content"]
    assert deltas[-1]["annotations"] == whole["annotations"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["total_tokens"]) == ([], 0)
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_a_model_is_a_collection(library):
    client, _ = library
    names = [card["id"] for card in client.get("/v1/models").json()["data"]]
    assert names == ["sheaf", "sheaf/rock", "sheaf/sea"]
    rock = ask(client, "What is a hard mineral?", model="sheaf/rock").json()
    assert rock["sheaf"]["citations"][0]["document_name"] == "quartz.txt"
    other = ask(client, "What is the largest animal?", model="sheaf/rock").json()["sheaf"]["citations"]
    assert "whale.txt" not in {citation["document_name"] for citation in other}


def test_a_followup_is_understood_after_the_messages_before_it(library):
    client, _ = library
    made = ask(client, "What is said of the blue whale?", "And its size?").json()
    assert made["sheaf"]["understood_as"] == "And its size? (blue whale)"


def test_parts_of_a_message_are_its_text(library):
    client, _ = library
    parts = [{"type": "text", "text": "What is the"}, {"type": "text", "text": "largest animal?"}]
    body = {"model": "sheaf", "messages": [{"role": "user", "content": parts}]}
    assert client.post("/v1/chat/completions", json=body).json()["sheaf"]["answered"]


@pytest.mark.parametrize(
    "body",
    [
        {"model": "sheaf"},
        {"model": "sheaf", "messages": []},
        {"model": "sheaf", "messages": [{"role": "assistant", "content": "Hi"}]},
        {"model": "sheaf", "messages": [{"role": "user", "content": "  "}]},
        {"model": "sheaf", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        {"model": "sheaf", "messages": [{"role": "user", "content": "a"}], "n": 2},
        {"messages": [{"role": "user", "content": "a"}]},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(client, problem, body):
    problem(client.post("/v1/chat/completions", json=body), 422, "invalid-request")


def test_an_unknown_model_is_not_found(client, problem):
    problem(ask(client, "a", model="gpt-4o"), 404, "not-found")
    assert "sheaf" in {card["id"] for card in client.get("/v1/models").json()["data"]}


def test_another_workspace_is_not_asked(library, client):
    assert not ask(client, "What is the largest animal?").json()["sheaf"]["answered"]
