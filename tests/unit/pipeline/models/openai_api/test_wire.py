"""Requests as the makes of servers take them."""

import pytest

from pipeline.models.chat import ChatRequest, ImagePart, Message
from pipeline.models.openai_api.dialects import DIALECTS, Dialect, recognized
from pipeline.models.openai_api.wire import chat_body, messages_body

IMAGE = ImagePart(data=b"\x89PNG", media_type="image/png", width=1, height=1)
VLLM = DIALECTS[0]


def body(dialect: Dialect, **options) -> dict:
    return chat_body(ChatRequest(messages=[], max_tokens=9, **options), "m", dialect, 9)


def test_neighbouring_texts_become_one_and_images_keep_their_place():
    (turn,) = messages_body([Message(role="user", parts=["a", "b", IMAGE, "c", IMAGE])], VLLM)
    kinds = [part.get("text", part["type"]) for part in turn["content"]]
    assert kinds == ["a\nb", "image_url", "c", "image_url"]
    assert turn["content"][1]["image_url"]["url"] == "data:image/png;base64,iVBORw=="


def test_a_message_of_texts_is_a_text():
    assert messages_body([Message(role="system", parts=["a", "b"])], VLLM) == [{"role": "system", "content": "a\nb"}]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_make_gets_a_field_that_another_does_not_know(dialect):
    fields = body(dialect, json_schema={}, scores=True).keys() - {"logprobs"}
    assert fields - {dialect.output_field} == {
        "model", "messages", "temperature", "stream", "stream_options", "response_format"
    }  # fmt: skip


def test_scores_are_asked_for_where_they_come():
    for dialect in DIALECTS:
        assert ("logprobs" in body(dialect, scores=True)) == dialect.scores
        assert "logprobs" not in body(dialect)


@pytest.mark.parametrize(
    ("url", "entries", "name"),
    [
        ("https://api.together.xyz/v1", [{"id": "m", "owned_by": "x"}], "together"),
        ("https://api.groq.com/openai/v1", [], "groq"),
        ("https://notgroq.com/v1", [{"id": "m", "owned_by": "x"}], None),
        ("http://h/v1", [{"id": "m", "owned_by": "vllm"}], "vllm"),
        ("http://h/v1", [{"id": "m", "owned_by": "llamacpp"}], "llama.cpp"),
        ("http://h/v1", [{"id": "m", "object": "model"}], "localai"),
        ("http://h/v1", [{"id": "m", "object": "model", "created": 1}], None),
        ("http://h/v1", [], None),
    ],
)
def test_a_make_is_recognized_by_its_address_or_its_models(url, entries, name):
    found = recognized(url, entries)
    assert (found.name if found else None) == name
