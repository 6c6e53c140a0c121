"""Every error of the client library has its meaning."""

import inspect
import time

import httpx2
import openai
import pytest

from pipeline.errors import ContextExceeded, ModelError, ModelRejected, ModelTimeout, ModelUnavailable
from pipeline.models.openai_api.faults import Fault, said, status_fault, translated

REQUEST = httpx2.Request("POST", "http://server/v1/chat/completions")


def foreign() -> list[type[Exception]]:
    """All errors that the library shows; those of other parts of it (files, webhooks, sockets) too."""
    return [cls for _, cls in inspect.getmembers(openai, inspect.isclass) if issubclass(cls, openai.OpenAIError)]


def made(cls: type[Exception]) -> Exception:
    error = cls.__new__(cls)
    Exception.__init__(error, "it failed")
    facts = {"request": REQUEST, "message": "it failed", "body": None, "code": None, "status_code": 400}
    for name, value in (facts | {"response": httpx2.Response(400, text="it failed", request=REQUEST)}).items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize("cls", [*foreign(), ValueError], ids=lambda cls: cls.__name__)
def test_no_error_of_the_library_gets_out(cls):
    with pytest.raises(Fault) as caught, translated("server"):
        raise made(cls)
    assert isinstance(caught.value.error, ModelError)


@pytest.mark.parametrize("error", [KeyError("ours"), AssertionError("ours")])
def test_an_error_of_our_own_making_stays_what_it_is(error):
    with pytest.raises(type(error)), translated("server"):
        raise error


@pytest.mark.parametrize(
    ("status", "error", "others", "down"),
    [
        (302, ModelRejected, False, False),
        (400, ModelRejected, False, False),
        (401, ModelRejected, False, False),
        (404, ModelRejected, False, False),
        (408, ModelTimeout, False, False),
        (409, ModelUnavailable, True, True),
        (413, ModelRejected, False, False),
        (422, ModelRejected, False, False),
        (429, ModelUnavailable, True, False),
        (500, ModelUnavailable, True, True),
        (503, ModelUnavailable, True, True),
        (504, ModelUnavailable, True, True),
        (529, ModelUnavailable, True, True),
    ],
)
def test_each_status_has_its_meaning(status, error, others, down):
    fault = status_fault("server", status, {}, "")
    assert (type(fault.error), bool(fault.others), fault.down) == (error, others, down)


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
        "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
        "the input length exceeds the context length",
        "The input (70000 tokens) is longer than the model's context length (65536 tokens).",
        "The sum of prompt length (900.0) should not exceed max_num_tokens (800)",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000",
    ],
)
def test_a_prompt_that_is_too_long_is_told_apart_whoever_says_it(message):
    assert type(status_fault("server", 400, {}, f'{{"error": {{"message": "{message}"}}}}').error) is ContextExceeded


def test_a_pause_is_as_long_as_asked_for_within_reason():
    assert status_fault("server", 429, {"retry-after": "7"}, "").pause == 7
    assert status_fault("server", 503, {"retry-after": "86400"}, "").pause == 120
    assert status_fault("server", 503, {"retry-after": "soon"}, "").pause == 0
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 30))
    assert 25 < status_fault("server", 429, {"retry-after": date}, "").pause <= 30


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"error": {"message": "bad  \\n grammar", "code": 400}}', "bad grammar"),
        ('{"object": "error", "message": "no"}', "no"),
        ('{"error": "model not found"}', "model not found"),
        ('{"detail": "Not Found"}', "Not Found"),
        ("plain words", "plain words"),
        (" <html><body>x", "a page of HTML"),
        ("", ""),
        ("[1]", "[1]"),
        ('{"error": "half \\ud800 and \\u0000 nothing"}', "half and nothing"),
    ],
)
def test_what_a_server_says_is_found_in_every_frame(body, told):
    assert said(body) == told


def test_a_server_that_repeats_the_whole_request_is_cut_short():
    assert len(said("x" * 10_000)) < 400
