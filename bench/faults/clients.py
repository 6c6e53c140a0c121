"""Those who use the service through everything: they send until they get a 202, and ask until they get a result."""

import hashlib
import json
import queue
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from bench.faults.history import Accepted, History, Result, Webhook, clock
from bench.servers import HOST

SEND_SECONDS = 20.0
"""How long an answer may take before the same is sent again."""
AGAIN_SECONDS = 0.25
WAIT_SECONDS = 5
"""How long the service is asked to wait for a result."""
REFUSED = {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY}


class Receiver:
    """Takes webhooks, and notes them."""

    def __init__(self, history: History) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:  # who sends it was killed
                    return
                history.note(_webhook(self.headers["webhook-id"], json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _webhook(webhook_id: str, event: dict[str, Any]) -> Webhook:
    data = event["data"]
    return Webhook(
        job_id=data["job_id"], webhook_id=webhook_id, type=event["type"], sequence=data["sequence"], at=clock()
    )


class Crowd:
    """Senders and askers, each a thread. No more than `ahead` documents are accepted and not yet answered."""

    def __init__(
        self,
        url: str,
        key: str,
        history: History,
        *,
        seed: int,
        webhook_url: str,
        senders: int,
        ahead: int,
        pause: float = 0.0,
    ) -> None:
        """`pause` is how many seconds a sender rests after each document."""
        self._history = history
        self._seed = seed
        self._webhook_url = webhook_url
        self._pause = pause
        self._room = threading.BoundedSemaphore(ahead)
        self._pending: queue.SimpleQueue[tuple[str, float] | None] = queue.SimpleQueue()
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=SEND_SECONDS, trust_env=False
        )
        self._numbers = iter(range(1, 10_000_000))
        self._lock = threading.Lock()
        self._no_more = threading.Event()
        self._over = threading.Event()
        self.accepted = 0
        self.seconds: list[float] = []
        """How long each 202 took, from the first byte sent of the try that got it."""
        self.again = 0
        """How many tries got no 202, and were made again."""
        self.refusals: list[str] = []
        """Answers that no fault excuses."""
        self._senders = [threading.Thread(target=self._send_all, daemon=True) for _ in range(senders)]
        self._askers = [threading.Thread(target=self._ask_all, daemon=True) for _ in range(senders)]
        for thread in (*self._senders, *self._askers):
            thread.start()

    def stop_sending(self) -> None:
        """Send what was begun, and nothing new; returns when that is accepted."""
        self._no_more.set()
        for thread in self._senders:
            thread.join()

    def close(self, deadline: float) -> None:
        """Wait for all results, until a time of `time.monotonic`."""
        while self._open() and time.monotonic() < deadline:
            time.sleep(0.1)
        self._over.set()
        for _ in self._askers:
            self._pending.put(None)
        for thread in self._askers:
            thread.join()
        self._client.close()

    def _open(self) -> int:
        events = self._history.events()
        answered = {event.job_id for event in events if isinstance(event, Result)}
        return len({event.job_id for event in events if isinstance(event, Accepted)} - answered)

    def _send_all(self) -> None:
        while not self._no_more.is_set():
            if not self._room.acquire(timeout=0.5):
                continue
            with self._lock:
                number = next(self._numbers)
            self._send(number)
            self._no_more.wait(self._pause)

    def _send(self, number: int) -> None:
        """Under one key until it is accepted."""
        marker, content, tasks = document(self._seed, number)
        key = f"chaos-{self._seed}-{number}"
        form = {"schema": "invoice", "tasks": tasks, "webhook_url": self._webhook_url}
        while True:
            began = time.monotonic()
            answer = self._try("POST", "/v1/documents", files={"file": (f"{number}.txt", content)}, data=form,
                               headers={"Idempotency-Key": key})  # fmt: skip
            if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
                break
            if answer is not None and answer.status_code in REFUSED:
                self.refusals.append(f"{answer.status_code}: {answer.text[:300]}")
                return
            with self._lock:
                self.again += 1
            time.sleep(AGAIN_SECONDS)
        job_id, document_id = answer.json()["job"]["id"], answer.json()["document"]["id"]
        self._history.note(
            Accepted(
                key=key,
                job_id=job_id,
                document_id=document_id,
                sha256=hashlib.sha256(content).hexdigest(),
                marker=marker,
                at=clock(),
            )
        )
        with self._lock:
            self.accepted += 1
            self.seconds.append(time.monotonic() - began)
        self._pending.put((job_id, 0.0))

    def _ask_all(self) -> None:
        while (asked := self._pending.get()) is not None and not self._over.is_set():
            job_id, not_before = asked
            time.sleep(max(0.0, not_before - time.monotonic()))
            answer = self._try("GET", f"/v1/jobs/{job_id}/result", params={"wait": WAIT_SECONDS})
            if answer is None or answer.status_code != httpx.codes.OK:
                self._pending.put((job_id, time.monotonic() + AGAIN_SECONDS))
                continue
            self._history.note(_result(job_id, answer))
            self._room.release()

    def _try(self, method: str, path: str, **more: Any) -> httpx.Response | None:  # noqa: ANN401 - httpx's own
        try:
            return self._client.request(method, path, **more)
        except httpx.TransportError:
            return None


def _result(job_id: str, answer: httpx.Response) -> Result:
    body = answer.json()
    marker = (body.get("data") or {}).get("invoice_number")
    digest = hashlib.sha256(answer.content).hexdigest()
    return Result(job_id=job_id, status=body["status"], marker=marker, digest=digest, at=clock())


def document(seed: int, number: int) -> tuple[str, bytes, str]:
    """A tiny invoice: the number that only it has, its bytes, and the tasks to do with it; one in five is indexed."""
    rng = random.Random(f"{seed}-{number}")
    marker = f"INV-{seed}-{number:06d}"
    lines = [
        "INVOICE",
        f"Invoice number: {marker}",
        "Invoice date: 2026-03-12",
        f"Total: {rng.randrange(100, 99_999) / 100:.2f} EUR",
    ]
    tasks = "extract,summarize,index" if rng.random() < 0.2 else "extract"
    return marker, "\n".join(lines).encode(), tasks
