"""What becomes of a model server's failures, over real connections."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from pipeline.errors import ContextExceeded, JobCancelled, ModelError, ModelRejected, ModelTimeout, ModelUnavailable
from pipeline.model_settings import ModelServer
from pipeline.model_settings import OpenAIChatModel as Settings
from pipeline.models.chat import AudioPart, ChatRequest, Message, complete
from pipeline.models.openai_api import model as adapter
from pipeline.models.openai_api.dialects import dialect_named
from pipeline.models.openai_api.model import OpenAIChatModel
from pipeline.models.scripted import Step
from pipeline.models.traced import TracedChat
from pipeline.tracing.context import parse
from tests.support.chat_models import PAGE, SCHEMA, ask, user
from tests.support.model_servers import MODEL, FakeServer, Wire, model_server
from tests.support.servers import free_port
from tests.support.traces import Recorder

KEY = "sk-very-secret-key"
Connect = Callable[..., OpenAIChatModel]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def connect(stack: ExitStack) -> Connect:
    def connected(*servers: FakeServer | str, key: str | None = None, **options: Any) -> OpenAIChatModel:
        urls = [each if isinstance(each, str) else each.url for each in servers]
        places = [ModelServer(url=url, api_key=key) for url in urls]  # type: ignore[arg-type]
        model = OpenAIChatModel(Settings(**{"model": MODEL, "servers": places, **options}))
        stack.callback(model.close)
        return model

    return connected


@pytest.fixture
def serve(stack: ExitStack) -> Callable[..., FakeServer]:
    return lambda *script, **options: stack.enter_context(model_server(*script, **options))


def body(message: str) -> bytes:
    return b'{"error": {"message": "%s", "type": "x", "code": 0}}' % message.encode()


HTML = b"<!doctype html><title>502 Bad Gateway</title>"
DEEP = b"[" * 100_000
EVENTS = {"Content-Type": "text/event-stream"}
FAILURES: list[tuple[str, Wire, type[ModelError], str]] = [
    ("400", Wire("status", 400, body("Grammar error: Invalid type")), ModelRejected, "Grammar error"),
    ("403", Wire("status", 403, body("no")), ModelRejected, "its key is the setting `api_key`"),
    ("404", Wire("status", 404, body("no such adapter")), ModelRejected, "no such adapter"),
    ("408", Wire("status", 408, body("slow")), ModelTimeout, "408"),
    ("413", Wire("status", 413, body("too large")), ModelRejected, "too large"),
    ("422", Wire("status", 422, b'{"detail": [{"msg": "bad"}]}'), ModelRejected, "bad"),
    ("context", Wire("status", 400, body("maximum context length is 10 tokens")), ContextExceeded, "10 tokens"),
    ("500", Wire("status", 500, body("EngineCore encountered an issue")), ModelUnavailable, "EngineCore"),
    ("503", Wire("status", 503, body("overloaded")), ModelUnavailable, "overloaded"),
    ("502 html", Wire("status", 502, HTML), ModelUnavailable, "a page of HTML"),
    ("200 html", Wire("status", 200, HTML), ModelUnavailable, "text/html"),
    ("200 json", Wire("status", 200, b"{}"), ModelUnavailable, "application/json"),
    ("redirect", Wire("status", 307, b"", {"Location": "http://127.0.0.1:1/"}), ModelRejected, "redirects"),
    ("reset", Wire("reset"), ModelUnavailable, "127.0.0.1"),
    ("half", Wire("half"), ModelUnavailable, "broke off"),
    ("garbage", Wire("garbage"), ModelUnavailable, "cannot be read"),
    ("deep", Wire("status", 200, b"data: " + DEEP + b"\n\n", EVENTS), ModelUnavailable, "cannot be read"),
    ("deep refusal", Wire("status", 400, DEEP), ModelRejected, "answered 400"),
    ("flood", Wire("flood"), ModelUnavailable, "more than any answer"),
    ("compressed", Wire("status", 200, b"x", {"Content-Encoding": "gzip"}), ModelUnavailable, "compressed"),
]


@pytest.mark.parametrize(("wire", "error", "told"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_a_failure_is_classified_told_and_the_next_request_is_answered(
    serve: Any, connect: Connect, wire: Wire, error: type[ModelError], told: str
) -> None:
    model = connect(serve(wire, Step(text="fine"), key=KEY), key=KEY)
    with pytest.raises(ModelError, match=told) as caught:
        complete(model, ask(max_tokens=4))
    assert type(caught.value) is error
    assert KEY not in caught.value.message
    assert complete(model, ask()).text == "fine"


def test_an_error_in_the_middle_of_a_stream_is_an_error(serve: Any, connect: Connect) -> None:
    events = b'data: {"error": {"message": "out of memory", "type": "x", "code": 500}}\n\n'
    wire = Wire("status", 200, events, {"Content-Type": "text/event-stream"})
    with pytest.raises(ModelUnavailable, match="out of memory"):
        complete(connect(serve(wire)), ask())


@pytest.mark.parametrize(
    "event",
    ['{"choices": [3]}', '{"choices": [{"delta": "x"}]}', "[]", '"x"', '{"choices": [{"finish_reason": "abort"}]}'],
)
def test_an_event_of_another_form_is_no_answer(serve: Any, connect: Connect, event: str) -> None:
    wire = Wire("status", 200, f"data: {event}\n\n".encode(), {"Content-Type": "text/event-stream"})
    with pytest.raises(ModelUnavailable):
        complete(connect(serve(wire)), ask())


@pytest.mark.parametrize("kind", ["never", "drip", "mute"])
def test_a_server_that_does_not_get_on_is_left_in_time(serve: Any, connect: Connect, kind: Any) -> None:
    server = serve(Wire(kind))
    model = connect(server)
    _ = model.capabilities
    started = time.monotonic()
    with pytest.raises(ModelTimeout):
        complete(model, ask(timeout_seconds=0.5))
    assert time.monotonic() - started < 30
    until(lambda: server.flying == 0)


@pytest.mark.parametrize("kind", ["never", "drip", "mute"])
def test_stopping_closes_the_connection_of_a_server_that_does_not_get_on(
    serve: Any, connect: Connect, kind: Any
) -> None:
    server = serve(Wire(kind))
    ends = time.monotonic() + 0.3
    with pytest.raises(JobCancelled):
        complete(connect(server), ask(timeout_seconds=60), lambda: time.monotonic() > ends)
    until(lambda: server.flying == 0)


def test_leaving_an_answer_closes_its_connection(serve: Any, connect: Connect) -> None:
    server = serve(Wire("flood"))  # more than the buffers of a connection hold
    stream = connect(server, context_tokens=8000).stream(ask(max_tokens=6000))
    next(stream)
    assert server.flying == 1
    stream.close()  # type: ignore[attr-defined]
    until(lambda: server.flying == 0)


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not met():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_server_that_reads_nothing_is_left_in_time(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        model = connect(url, context_tokens=8000, dialect="vllm", max_output_tokens=4)
        model._profiles[model._servers[0]] = adapter.Profile(
            dialect=dialect_named("vllm"), models=None, context_tokens=8000, version=None
        )
        with pytest.raises(ModelTimeout):
            complete(model, ask("x" * 8_000_000, timeout_seconds=0.5))


def test_nobody_there_is_unavailable(connect: Connect) -> None:
    model = connect(f"http://127.0.0.1:{free_port()}/v1", context_tokens=8000)
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1"):
        complete(model, ask())
    assert model.capabilities.context_tokens == 8000
    with pytest.raises(ModelUnavailable):
        model.count_tokens(ask().messages)


def test_without_a_context_in_the_settings_a_dead_server_leaves_it_unknown(connect: Connect) -> None:
    with pytest.raises(ModelUnavailable):
        _ = connect(f"http://127.0.0.1:{free_port()}/v1").capabilities


def test_a_wrong_key_is_told_with_its_setting_and_never_with_itself(
    serve: Any, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = connect(serve(key="another"), key=KEY)
    with pytest.raises(ModelRejected, match="its key is the setting `api_key`") as caught:
        complete(model, ask())
    told = "".join(map(str, (caught.value, caught.value.__cause__, caught.getrepr(chain=True), caplog.text)))
    assert "Incorrect API key provided" in caught.value.message
    assert KEY not in told


def test_what_documents_hold_is_in_no_log(serve: Any, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    complete(connect(serve(Step(text="a secret answer")), key=KEY), ask("a secret question"))
    assert "secret" not in caplog.text


def test_a_wrong_model_is_told_with_those_that_there_are(serve: Any, connect: Connect) -> None:
    model = connect(serve(), model="llama-5")
    with pytest.raises(ModelRejected, match=rf"does not serve 'llama-5' \(setting chat\.model\); it serves {MODEL}"):
        complete(model, ask())


def test_nothing_of_the_environment_reaches_the_server(
    serve: Any, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "OPENAI_API_KEY": "from-outside",
        "OPENAI_ADMIN_KEY": "from-outside",
        "OPENAI_ORG_ID": "from-outside",
        "OPENAI_PROJECT_ID": "from-outside",
        "OPENAI_CUSTOM_HEADERS": "X-Mine: from-outside",
        "OPENAI_BASE_URL": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    server = serve(Step(text="ok"), key=KEY)
    complete(connect(server, key=KEY), ask())
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    assert not any("from-outside" in value for headers in server.headers for value in headers.values())
    assert not any(name.startswith("x-stainless") for headers in server.headers for name in headers)


def test_a_model_server_is_told_the_span_of_its_request(serve: Any, connect: Connect) -> None:
    server = serve(Step(text="ok"), Step(text="ok"))
    recorder = Recorder()
    model = connect(server)
    complete(TracedChat(model, recorder.tracer), ask())
    span = recorder.one(f"chat {MODEL}")
    told = [parse(headers["traceparent"]) for headers in server.headers if "traceparent" in headers]
    assert told
    assert {(each.trace_id, each.span_id) for each in told if each is not None} == {(span.trace, span.id)}
    assert not any({"tracestate", "baggage"} & set(headers) for headers in server.headers)
    server.headers.clear()
    complete(model, ask())
    assert server.headers
    assert not any("traceparent" in headers for headers in server.headers)


def test_without_a_key_none_is_sent(serve: Any, connect: Connect) -> None:
    server = serve(Step(text="ok"))
    complete(connect(server), ask())
    assert all("authorization" not in headers for headers in server.headers)


def test_what_is_asked_has_the_canonical_form(serve: Any, connect: Connect) -> None:
    server = serve(Step(value={}))
    request = ChatRequest(
        messages=[Message(role="system", parts=["Read.", "Answer in JSON."]), user("Page 1", PAGE)],
        max_tokens=16,
        json_schema=SCHEMA,
    )
    complete(connect(server), request)
    (sent,) = server.chats
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
    }
    assert sent["messages"][0] == {"role": "system", "content": "Read.\nAnswer in JSON."}
    text, image = sent["messages"][1]["content"]
    assert text == {"type": "text", "text": "Page 1"}
    assert image["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert sent.keys() == {
        "model", "messages", "max_tokens", "temperature", "stream", "stream_options", "response_format"
    }  # fmt: skip


def test_more_images_than_allowed_and_sound_are_refused_here(serve: Any, connect: Connect) -> None:
    server = serve()
    model = connect(server, max_images=1)
    sound = AudioPart(data=b"RIFF", format="wav", seconds=1)
    with pytest.raises(ModelRejected, match=r"chat\.max_images"):
        complete(model, ChatRequest(messages=[user(PAGE, PAGE)], max_tokens=4))
    with pytest.raises(ModelRejected, match=r"chat\.audio"):
        complete(model, ChatRequest(messages=[Message(role="user", parts=[sound])], max_tokens=4))
    assert server.chats == []


@pytest.mark.parametrize(("make", "form"), [("vllm", "input_audio"), ("sglang", "audio_url")])
def test_sound_is_sent_as_the_make_wants_it(serve: Any, connect: Connect, make: str, form: str) -> None:
    server = serve(Step(text="ok"), make=make)
    sound = AudioPart(data=b"RIFF" + bytes(40 + 32_000), format="wav", seconds=1)
    complete(connect(server, audio=True), ChatRequest(messages=[Message(role="user", parts=[sound])], max_tokens=4))
    assert server.chats[0]["messages"][0]["content"][0]["type"] == form


def test_a_server_that_drops_the_beginning_of_long_prompts_is_not_asked(serve: Any, connect: Connect) -> None:
    server = serve(make="ollama")
    with pytest.raises(ContextExceeded):
        complete(connect(server, context_tokens=100_000), ask("word " * 80_000))
    assert server.chats == []


def test_the_answer_says_what_the_prefix_cache_gave(serve: Any, connect: Connect) -> None:
    answer = complete(connect(serve(Step(text="ok"))), ask())
    assert answer.cached_tokens == 16
    assert answer.metadata["usage"] == "told"


# Several servers.


def test_requests_go_to_the_least_loaded(serve: Any, connect: Connect) -> None:
    held = threading.Event()
    servers = [serve(*[Step(text="ok")] * 4, held=held) for _ in range(2)]
    model = connect(*servers)
    threads = [threading.Thread(target=complete, args=(model, ask())) for _ in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: sum(server.flying for server in servers) == 8)
    held.set()
    for thread in threads:
        thread.join()
    assert [len(server.chats) for server in servers] == [4, 4]


def test_no_server_gets_more_at_a_time_than_allowed(serve: Any, connect: Connect) -> None:
    held = threading.Event()
    server = serve(*[Step(text="ok")] * 6, held=held)
    model = connect(server, parallel=2)
    threads = [threading.Thread(target=complete, args=(model, ask())) for _ in range(6)]
    for thread in threads:
        thread.start()
    until(lambda: server.flying == 2 and len(model._pool._queue) == 4)
    held.set()
    for thread in threads:
        thread.join()
    assert (len(server.chats), server.most_flying) == (6, 2)


@pytest.mark.parametrize("wire", [Wire("reset"), Wire("status", 503), Wire("status", 500), Wire("status", 200, HTML)])
def test_another_server_answers_where_one_fails(serve: Any, connect: Connect, wire: Wire) -> None:
    ill, well = serve(*[wire] * 3), serve(*[Step(text="well")] * 3)
    model = connect(ill, well)
    assert [complete(model, ask()).text for _ in range(2)] == ["well"] * 2
    assert len(ill.chats) >= 1


def test_a_500_is_taken_to_one_other_server_and_no_further(serve: Any, connect: Connect) -> None:
    servers = [serve(*[Wire("status", 500, body("bad image"))] * 4) for _ in range(3)]
    with pytest.raises(ModelUnavailable, match="bad image"):
        complete(connect(*servers), ask())
    assert sum(len(server.chats) for server in servers) == 2


def test_a_rejected_request_is_taken_nowhere_else(serve: Any, connect: Connect) -> None:
    servers = [serve(Wire("status", 400, body("no"))) for _ in range(2)]
    with pytest.raises(ModelRejected):
        complete(connect(*servers), ask())
    assert sum(len(server.chats) for server in servers) == 1


def test_an_answer_that_has_begun_is_not_begun_again_elsewhere(serve: Any, connect: Connect) -> None:
    servers = [serve(Wire("half")) for _ in range(2)]
    model = connect(*servers)
    pieces: list[Any] = []
    with pytest.raises(ModelUnavailable):
        pieces.extend(model.stream(ask()))
    assert sum(len(server.chats) for server in servers) == 1


def test_a_dead_server_is_left_out_until_it_answers_again(serve: Any, connect: Connect) -> None:
    dying, well = serve(), serve()
    model = connect(dying, well)
    model.survey()
    dying.alive = False
    assert all(complete(model, ask()).text == "ok" for _ in range(4))
    assert len(dying.chats) <= 1
    dying.alive = True
    until(lambda: not any(place.down for place in model._pool._places))
    before = len(dying.chats)
    assert all(complete(model, ask()).text == "ok" for _ in range(4))
    assert len(dying.chats) > before


def test_a_server_that_asks_for_time_gets_it(serve: Any, connect: Connect) -> None:
    server = serve(Wire("status", 429, body("busy"), {"Retry-After": "1"}), Step(text="now"))
    model = connect(server)
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        complete(model, ask())
    assert caught.value.facts["retry_after"] == 1
    assert complete(model, ask()).text == "now"
    assert time.monotonic() - started > 0.9


def test_callers_beyond_the_bound_are_told_at_once(serve: Any, connect: Connect) -> None:
    held = threading.Event()
    server = serve(Step(text="ok"), Step(text="ok"), held=held)
    model = connect(server, parallel=1, max_waiting=1)
    threads = [threading.Thread(target=complete, args=(model, ask())) for _ in range(2)]
    threads[0].start()
    until(lambda: server.flying == 1)
    threads[1].start()
    until(lambda: len(model._pool._queue) == 1)
    with pytest.raises(ModelUnavailable, match=r"chat\.max_waiting"):
        complete(model, ask())
    held.set()
    for thread in threads:
        thread.join()


def test_counting_goes_to_a_server_that_answers(serve: Any, connect: Connect) -> None:
    dead = f"http://127.0.0.1:{free_port()}/v1"
    assert connect(dead, serve()).count_tokens(ask().messages) > 0


# What a server is.


@pytest.mark.parametrize(
    ("make", "told"),
    [
        ("vllm", "vLLM 0.33.0, 131072 tokens, counts tokens"),
        ("sglang", "SGLang 0.5.12, 131072 tokens"),
        ("tensorrt-llm", "TensorRT-LLM 1.3.0, does not tell its context"),
        ("llama.cpp", "llama.cpp b1-0c1e570, 131072 tokens, counts tokens"),
        ("ollama", "Ollama 0.31.0, does not tell"),
        ("localai", "LocalAI v4.1.0, does not tell its context, does not count tokens, may ignore schemas"),
        ("generic", "OpenAI-compatible, does not tell its context"),
    ],
)
def test_a_server_is_recognized_by_what_it_answers(serve: Any, connect: Connect, make: str, told: str) -> None:
    ((_, found),) = connect(serve(make=make)).survey()
    assert not isinstance(found, ModelError)
    assert adapter.describe(found).startswith(told)


def test_the_context_is_the_smaller_of_settings_and_servers(serve: Any, connect: Connect) -> None:
    assert connect(serve(), context_tokens=4000).capabilities.context_tokens == 4000
    assert connect(serve(), context_tokens=400_000).capabilities.context_tokens == 131_072
    assert connect(serve(make="generic")).capabilities.context_tokens == 8192


def test_an_address_is_taken_with_v1_or_without(serve: Any, connect: Connect) -> None:
    server = serve()
    assert complete(connect(server.url.removesuffix("/v1")), ask()).text == "ok"
    assert complete(connect(server.url + "/"), ask()).text == "ok"


def test_at_start_the_servers_are_asked_and_logged(
    serve: Any, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    connect(serve(), f"http://127.0.0.1:{free_port()}/v1").start()
    until(lambda: len(caplog.records) >= 2)
    assert "vLLM 0.33.0" in caplog.text
    assert "WARNING" in caplog.text


@pytest.mark.parametrize(
    ("wire", "reached"),
    [
        (Wire("reset"), True),
        (Wire("half"), True),
        (Wire("status", 500), True),
        (Wire("status", 503), False),
        (Wire("status", 429), False),
    ],
    ids=["reset", "half", "500", "503", "429"],
)
def test_a_server_that_worked_on_the_request_is_told_from_one_that_did_not(
    serve: Any, connect: Connect, wire: Wire, reached: bool
) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        complete(connect(serve(wire)), ask())
    assert caught.value.facts["reached"] is reached


def test_a_server_that_is_not_there_was_not_reached(connect: Connect) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        complete(connect(f"http://127.0.0.1:{free_port()}/v1"), ask())
    assert caught.value.facts["reached"] is False
