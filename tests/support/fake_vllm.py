"""A stand-in for the program `vllm`: enough HTTP to be supervised, and every way to go wrong.

It is told what to do by `behaviour.json` in the folder that the model's path names, read anew for each request, and
leaves its process ids in `pids`. Like the real one it is a tree: its child, in a session of its own, outlives it.
"""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.living import is_alive

ROOT = str(Path(__file__).parents[2])
CHILD = "import time; time.sleep(600)"


class FakeVllm:
    """The test's hand on it: the program's path, and what it is to do."""

    def __init__(self, folder: Path) -> None:
        self.model = folder / "model"
        self.model.mkdir()
        (self.model / "config.json").write_text("{}")
        self.program = folder / "vllm"
        self.program.write_text(
            f"#!{sys.executable}\nimport runpy, sys\nsys.path.append({ROOT!r})\n"
            f"runpy.run_module({__name__!r}, run_name='__main__')\n"
        )
        self.program.chmod(0o755)
        self.behave()

    def behave(self, **behaviour: Any) -> None:
        """What to do from the next request on, or at the next start.

        `start_seconds`, `loading` (starts once that is taken back), `exit_at_start` (a status), `deaf` (to SIGTERM),
        `health` (a status), `hang`, `answer` (a text), `answer_seconds`, `status` (of answers), `poison` (dies of
        requests that hold it), `waiting` (a figure).
        """
        written = self.model / "behaviour.new"
        written.write_text(json.dumps(behaviour))
        written.rename(self.model / "behaviour.json")

    @property
    def pids(self) -> list[int]:
        path = self.model / "pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    @property
    def alive(self) -> list[int]:
        return [pid for pid in self.pids if is_alive(pid)]

    @property
    def requests(self) -> list[str]:
        """The texts that were asked, in order."""
        path = self.model / "requests"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class State:
    """What the server knows: its folder and its counters."""

    def __init__(self, folder: Path, served_as: str) -> None:
        self.folder = folder
        self.served_as = served_as
        self.lock = threading.Lock()
        self.running = 0
        self.tokens = 0

    @property
    def behaviour(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.folder / "behaviour.json").read_text())
        return told

    def note(self, name: str, line: str) -> None:
        with self.lock, (self.folder / name).open("a") as file:
            file.write(line + "\n")


def texts(messages: list[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        parts = message["content"] if isinstance(message["content"], list) else [message["content"]]
        for part in parts:
            yield part if isinstance(part, str) else part.get("text", "")


class Handler(BaseHTTPRequestHandler):
    state: State
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        behaviour = self.state.behaviour
        if behaviour.get("hang"):
            time.sleep(600)
        if self.path == "/health":
            self._say(behaviour.get("health", 200), "")
        elif self.path == "/metrics":
            self._say(200, self._figures(behaviour), "text/plain")
        elif self.path == "/v1/models":
            served = {"id": self.state.served_as, "object": "model", "max_model_len": 131072}
            self._say(200, json.dumps({"object": "list", "data": [served]}))
        else:
            self._say(404, '{"detail":"Not Found"}')

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = "\n".join(texts(request.get("messages", [])))
        if self.path == "/tokenize":
            self._say(200, json.dumps({"count": len(text), "max_model_len": 131072, "tokens": []}))
            return
        self.state.note("requests", json.dumps(text))
        behaviour = self.state.behaviour
        with self.state.lock:
            self.state.running += 1
        try:
            if behaviour.get("poison") and behaviour["poison"] in text:
                time.sleep(behaviour.get("answer_seconds", 0) / 2)
                os._exit(1)
            time.sleep(behaviour.get("answer_seconds", 0))
            self._answer(request, behaviour)
        finally:
            with self.state.lock:
                self.state.running -= 1

    def _answer(self, request: dict[str, Any], behaviour: dict[str, Any]) -> None:
        text = behaviour.get("answer", "{}")
        with self.state.lock:
            self.state.tokens += len(text)
        if behaviour.get("status", 200) != 200:
            self._say(behaviour["status"], json.dumps({"error": {"message": "EngineCore encountered an issue"}}))
            return
        usage = {"prompt_tokens": 100, "completion_tokens": len(text), "total_tokens": 100 + len(text)}
        about = {"id": "chat-1", "created": 1, "model": request["model"]}
        if not request.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            whole = {**about, "object": "chat.completion", "choices": [choice], "usage": usage}
            self._say(200, json.dumps(whole))
            return
        chunk = {**about, "object": "chat.completion.chunk"}
        first = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
        last = {"index": 0, "delta": {}, "finish_reason": "stop"}
        events = [{**chunk, "choices": [first]}, {**chunk, "choices": [last]}, {**chunk, "choices": [], "usage": usage}]
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        self._say(200, body, "text/event-stream")

    def _figures(self, behaviour: dict[str, Any]) -> str:
        labels = f'{{engine="0",model_name="{self.state.served_as}"}}'
        values = {
            "vllm:num_requests_running": self.state.running,
            "vllm:num_requests_waiting": behaviour.get("waiting", 0),
            "vllm:kv_cache_usage_perc": 0.25,
            "vllm:generation_tokens_total": self.state.tokens,
        }
        return "".join(f"# TYPE {name} gauge\n{name}{labels} {value}\n" for name, value in values.items())

    def _say(self, status: int, body: str, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """It is asked all the time."""


def main(arguments: list[str]) -> int:
    options = dict(itertools.pairwise(arguments))
    state = State(Path(arguments[1]), options["--served-model-name"])
    child = subprocess.Popen([sys.executable, "-I", "-c", CHILD], start_new_session=True)
    state.note("pids", f"{os.getpid()} {child.pid}")
    behaviour = state.behaviour
    if behaviour.get("deaf"):
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("loading the model", flush=True)
    time.sleep(behaviour.get("start_seconds", 0))
    while state.behaviour.get("loading"):
        time.sleep(0.02)
    if "exit_at_start" in behaviour:
        print("torch.OutOfMemoryError: CUDA out of memory", file=sys.stderr, flush=True)
        return int(behaviour["exit_at_start"])
    Handler.state = state
    server = ThreadingHTTPServer((options["--host"], int(options["--port"])), Handler)
    server.daemon_threads = True
    print("Application startup complete.", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
