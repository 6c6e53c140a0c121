"""A server of ours that speaks OpenAI's chat completions over real HTTP, as each make of server speaks them.

What it says comes from a script; how it says it (lists of models, events, usage, errors) follows the published shapes
of the makes. It can also fail in every way that a server or what stands in front of it fails.
"""

import io
import json
import select
import socket
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from PIL import Image

from pipeline.errors import ContextExceeded, ModelRejected, ModelUnavailable
from pipeline.models.chat import AudioPart, ChatAnswer, ChatRequest, ImagePart, Message, Part, count_tokens
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.tokens import Tokens

MODEL = "llama-4-scout"
CONTEXT = 131_072
KNOWN_FIELDS = {
    "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "stream", "stream_options",
    "response_format", "logprobs", "top_logprobs",
}  # fmt: skip

Json = dict[str, Any]


@dataclass(frozen=True)
class Wire:
    """A failure of the connection or the protocol instead of an answer.

    - `status`: that status with the body; `reset`: the connection is cut at once;
    - `never`: nothing, until the client goes; `half`: an answer that breaks off; `drip`: comments for ever;
    - `garbage`: events that are no JSON; `flood`: text without end; `mute`: events without text or end.
    """

    kind: Literal["status", "reset", "never", "half", "drip", "garbage", "flood", "mute"]
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def _plain_error(status: int, message: str, kind: str) -> Json:
    return {"error": {"message": message, "type": kind, "param": None, "code": status}}


def _flat_error(status: int, message: str, kind: str) -> Json:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": status}


@dataclass(frozen=True, kw_only=True)
class Make:
    """What is particular about a make of server, apart from the adapter's own table."""

    entry: Json = field(default_factory=dict)
    """Members of a model's entry beside `id` and `object`."""
    paths: dict[str, Any] = field(default_factory=dict)
    framed: bool = True
    """Whether the models stand in `data`."""
    usage: Literal["own event", "last event", "none"] = "own event"
    stop: str = "stop"
    delta: Json = field(default_factory=dict)
    error: Callable[[int, str, str], Json] = _plain_error
    too_long: str = "This model's maximum context length is {context} tokens. However, you requested {wanted} tokens."
    strict: bool = False
    """Whether unknown fields are refused."""
    counts: str | None = None
    """The path that counts the tokens of messages."""
    data_uris: bool = True


MAKES: dict[str, Make] = {
    "vllm": Make(
        entry={"owned_by": "vllm", "root": MODEL, "max_model_len": CONTEXT},
        paths={"/version": {"version": "0.33.0"}, "/health": ""},
        delta={"reasoning_content": None},
        counts="/tokenize",
    ),
    "sglang": Make(
        entry={"owned_by": "sglang", "root": MODEL, "max_model_len": CONTEXT},
        paths={"/server_info": {"version": "0.5.12"}, "/health": ""},
        delta={"role": None, "tool_calls": None},
        error=_flat_error,
        too_long="The input ({wanted} tokens) is longer than the model's context length ({context} tokens).",
    ),
    "tensorrt-llm": Make(
        entry={"owned_by": "tensorrt_llm"},
        paths={"/version": {"version": "1.3.0"}, "/health": ""},
        error=_flat_error,
        strict=True,
        too_long="The sum of prompt length ({wanted}) should not exceed max_num_tokens ({context})",
    ),
    "llama.cpp": Make(
        entry={"owned_by": "llamacpp", "meta": {"n_ctx_train": 131072}},
        paths={
            "/props": {"default_generation_settings": {"n_ctx": CONTEXT}, "build_info": "b1-0c1e570"},
            "/health": {"status": "ok"},
        },
        too_long="request ({wanted} tokens) exceeds the available context size ({context} tokens), try increasing it",
        counts="/v1/chat/completions/input_tokens",
    ),
    "ollama": Make(
        entry={"owned_by": "library"},
        paths={"/api/version": {"version": "0.31.0"}, "/": "Ollama is running"},
        delta={"role": "assistant"},
    ),
    "localai": Make(
        paths={"/version": {"version": "v4.1.0"}, "/readyz": ""},
        usage="last event",
        error=lambda status, message, kind: {"error": {"code": status, "message": message, "type": ""}},
    ),
    "together": Make(
        entry={"type": "chat", "context_length": CONTEXT, "organization": "Meta"},
        framed=False,
        usage="last event",
        stop="eos",
        delta={"token_id": 12},
        too_long="Input validation error: `inputs` tokens + `max_new_tokens` must be <= {context}. Given: {wanted}",
    ),
    "groq": Make(
        entry={"owned_by": "Meta", "active": True, "context_window": CONTEXT, "max_completion_tokens": 8192},
        usage="last event",
        error=lambda status, message, kind: {
            "error": {"message": message, "type": kind, "code": "context_length_exceeded"}
        },
    ),
    "generic": Make(entry={"owned_by": "somebody"}, usage="none"),
}


@dataclass
class FakeServer:
    """A running server; what it was asked is in `asked`, and how many answers are under way is `flying`."""

    make: str
    script: list[Step | Wire]
    key: str | None = None
    url: str = ""
    alive: bool = True
    """Whether it answers at all; a dead one cuts every connection."""
    asked: list[tuple[str, Json]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    held: threading.Event | None = None
    """Answers wait until it is set."""

    @property
    def chats(self) -> list[Json]:
        """The bodies of the chat completions that were asked for."""
        return [body for path, body in self.asked if path == "/v1/chat/completions"]

    def step(self) -> Step | Wire:
        with self.lock:
            return self.script.pop(0) if self.script else Step(text="ok")


@contextmanager
def model_server(
    *script: Step | Wire,
    make: str = "vllm",
    key: str | None = None,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    held: threading.Event | None = None,
) -> Iterator[FakeServer]:
    """Serve until the block ends."""
    fake = FakeServer(make=make, script=list(script), key=key, held=held)
    server = _Server(("127.0.0.1", port), _handler(fake))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    fake.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.ending = threading.Event()

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is what many tests are about."""


def _handler(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        server_of = fake
        make = MAKES[fake.make]

    return Handler


class _Handler(BaseHTTPRequestHandler):
    server_of: FakeServer
    make: Make
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        if not self._let_in({}):
            return
        entry = {"id": MODEL, "object": "model", **self.make.entry}
        if self.path == "/v1/models":
            self._send(200, {"object": "list", "data": [entry]} if self.make.framed else [entry])
        elif self.path in self.make.paths:
            self._send(200, self.make.paths[self.path])
        else:
            self._send(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._let_in(body):
            return
        if self.path == "/v1/chat/completions":
            self._chat(body)
        elif self.make.counts == self.path:
            count = count_tokens(Tokens(), messages_of(body))
            self._send(200, {"count": count, "input_tokens": count, "max_model_len": CONTEXT, "tokens": [1] * count})
        else:
            self._send(404, {"detail": "Not Found"})

    def _let_in(self, body: Json) -> bool:
        fake = self.server_of
        fake.asked.append((self.path, body))
        fake.headers.append({name.lower(): value for name, value in self.headers.items()})
        if not fake.alive:
            self._cut()
            return False
        given = self.headers.get("Authorization")
        if fake.key is not None and given != f"Bearer {fake.key}" and self.path.startswith("/v1"):
            self._error(401, f"Incorrect API key provided: {given}", "invalid_request_error")
            return False
        return True

    def _chat(self, body: Json) -> None:
        fake = self.server_of
        with fake.lock:
            fake.flying += 1
            fake.most_flying = max(fake.most_flying, fake.flying)
        try:
            if fake.held is not None:
                fake.held.wait(60)
            step = self._refusal(body) or fake.step()
            if isinstance(step, Wire):
                self._fail(step)
            else:
                self._answer(step, body)
        except OSError:
            pass  # the client has left
        finally:
            with fake.lock:
                fake.flying -= 1

    def _refusal(self, body: Json) -> Wire | None:
        if body["model"] != MODEL:
            return self._wire(404, f"The model `{body['model']}` does not exist.", "NotFoundError")
        unknown = body.keys() - KNOWN_FIELDS
        if self.make.strict and unknown:
            return self._wire(400, f"Extra inputs are not permitted: {sorted(unknown)}", "extra_forbidden")
        wanted = count_tokens(Tokens(), messages_of(body)) + _max_tokens(body)
        if wanted > CONTEXT:
            said = self.make.too_long.format(wanted=wanted, context=CONTEXT)
            return self._wire(400, said, "BadRequestError")
        return None

    def _wire(self, status: int, message: str, kind: str) -> Wire:
        return Wire("status", status, json.dumps(self.make.error(status, message, kind)).encode())

    def _fail(self, wire: Wire) -> None:
        if wire.kind == "status":
            kind = "text/html" if wire.body.startswith(b"<") else "application/json"
            self._send(wire.status, wire.body, {"Content-Type": kind, **wire.headers})
        elif wire.kind == "reset":
            self._cut()
        elif wire.kind == "never":
            self._wait(60)
        else:
            self._events()
            self._misbehave(wire.kind)

    def _misbehave(self, kind: str) -> None:
        if kind == "garbage":
            self.wfile.write(b'data: {"choices": [{"del\n\n')
        elif kind == "half":
            self._event({"choices": [{"index": 0, "delta": {"content": "It is 12"}, "finish_reason": None}]})
        while kind in {"drip", "flood", "mute"} and not self._gone():
            if kind == "flood":
                self._event({"choices": [{"index": 0, "delta": {"content": "x" * 65536}}]})
                continue
            self.wfile.write(b": still there\n\n") if kind == "drip" else self._event({"choices": []})
            time.sleep(0.02)
        self._end()

    def _answer(self, step: Step, body: Json) -> None:
        if step.behave == "slow" and self._wait(step.seconds):
            return
        told = step.model_copy(update={"behave": "answer"}) if step.behave == "slow" else step
        scripted = ScriptedChatModel(Script(steps=[told], model=MODEL, context_tokens=10**9))
        request = ChatRequest(messages=messages_of(body), max_tokens=_max_tokens(body))
        try:
            pieces = list(scripted.stream(request))
        except ModelUnavailable:
            self._cut()
        except (ModelRejected, ContextExceeded) as error:
            self._fail(self._wire(400, error.message, "BadRequestError"))
        else:
            self._events()
            self._say(pieces, body)
            self._end()

    def _say(self, pieces: list[str | ChatAnswer], body: Json) -> None:
        *texts, answer = pieces
        assert isinstance(answer, ChatAnswer)
        prompt = count_tokens(Tokens(), messages_of(body))
        usage = {"prompt_tokens": prompt, "completion_tokens": answer.output_tokens, "total_tokens": 0}
        if self.server_of.make == "vllm":
            usage["prompt_tokens_details"] = {"cached_tokens": 16}  # type: ignore[assignment]
        self._event(self._chunk({"role": "assistant", "content": ""}))
        for text in texts:
            self._event(
                self._chunk({"content": text, **self.make.delta}, text=str(text) if body.get("logprobs") else "")
            )
            if self._gone():
                raise BrokenPipeError
        reason = {"stop": self.make.stop, "refusal": "content_filter"}.get(answer.finish_reason, answer.finish_reason)
        last = self._chunk({}, finish=reason, text="<|eot|>" if body.get("logprobs") and reason == "stop" else "")
        if self.make.usage == "last event":
            last["usage"] = usage
        self._event(last)
        if self.make.usage == "own event" and body.get("stream_options", {}).get("include_usage"):
            self._event({**self._chunk({}), "choices": [], "usage": usage})

    def _chunk(self, delta: Json, *, finish: str | None = None, text: str = "") -> Json:
        choice: Json = {"index": 0, "delta": delta, "finish_reason": finish}
        if text:
            choice["logprobs"] = {"content": [_score(text)]}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": MODEL,
            "choices": [choice],
        }

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()

    def _event(self, value: Json) -> None:
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _end(self) -> None:
        self.close_connection = True

    def _cut(self) -> None:
        """Close the connection so that the client gets a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True

    def _wait(self, seconds: float) -> bool:
        """Whether the client went away in the meantime."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._gone():
                self.close_connection = True
                return True
            time.sleep(0.01)
        return False

    def _gone(self) -> bool:
        server = self.server
        assert isinstance(server, _Server)
        if isinstance(self.connection, ssl.SSLSocket):  # cannot be looked into
            return server.ending.is_set()
        readable = select.select([self.connection], [], [], 0)[0]
        return server.ending.is_set() or (bool(readable) and not self.connection.recv(1, socket.MSG_PEEK))

    def _error(self, status: int, message: str, kind: str) -> None:
        self._send(status, self.make.error(status, message, kind))

    def _send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        text = isinstance(content, str)
        sent = content.encode() if text else content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain" if text else "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)


def _max_tokens(body: Json) -> int:
    return int(body.get("max_tokens") or body.get("max_completion_tokens") or 16)


def _score(text: str) -> Json:
    """Tokens that begin with a brace are forced."""
    logprob = 0.0 if text[0] in "{[" else -0.25
    return {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": []}


def messages_of(body: Json) -> list[Message]:
    """The messages of a request's body."""
    return [Message(role=turn["role"], parts=list(map(_part, _content(turn)))) for turn in body["messages"]]


def _content(turn: Json) -> list[Json]:
    content = turn["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _part(part: Json) -> Part:
    if part["type"] == "text":
        return str(part["text"])
    if part["type"] == "image_url":
        head, _, data = part["image_url"]["url"].partition(",")
        assert head.startswith("data:image/")
        with Image.open(io.BytesIO(b64decode(data))) as image:
            return ImagePart(data=b"", media_type="image/jpeg", width=image.width, height=image.height)
    sound = part["input_audio"]["data"] if part["type"] == "input_audio" else part["audio_url"]["url"].partition(",")[2]
    # Mono, 16 bit, 16 kHz, behind a header of 44 bytes.
    return AudioPart(data=b64decode(sound), format="wav", seconds=(len(b64decode(sound)) - 44) / 32_000)
