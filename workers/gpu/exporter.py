"""The figures of a GPU worker, over HTTP for Prometheus and for whoever asks whether it is up."""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.errors import SettingsError
from workers.gpu.figures import EngineFigures
from workers.gpu.gate import Gate
from workers.gpu.supervisor import Supervisor

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_SECONDS = 10.0

METRICS: dict[str, str] = {
    "sheaf_engine_up": "Whether the engine takes requests.",
    "sheaf_engine_restarts_total": "Starts of the engine after the first.",
    "sheaf_engine_requests_running": "Requests that the engine works on.",
    "sheaf_engine_requests_waiting": "Requests that wait in the engine.",
    "sheaf_engine_kv_usage_ratio": "Share of the key-value cache in use, 0 to 1.",
    "sheaf_engine_prefix_queries_total": "Prompt tokens looked up in the prefix cache.",
    "sheaf_engine_prefix_hits_total": "Prompt tokens found in the prefix cache.",
    "sheaf_engine_prompt_tokens_total": "Prompt tokens.",
    "sheaf_engine_generation_tokens_total": "Tokens generated.",
    "sheaf_engine_rejections_total": "Requests refused since the engine's queue was full.",
    "sheaf_engine_preemptions_total": "Requests put back for want of room in the key-value cache.",
    "sheaf_gpu_worker_stages": "Stages that this worker works on.",
    "sheaf_gpu_worker_open": "Whether this worker claims stages at present.",
}


def exposition(supervisor: Supervisor, gate: Gate) -> str:
    """All metrics in the Prometheus text format 0.0.4."""
    now = supervisor.figures or EngineFigures()
    values: dict[str, float] = {
        "sheaf_engine_up": supervisor.healthy,
        "sheaf_engine_restarts_total": supervisor.restarts,
        "sheaf_engine_requests_running": now.running,
        "sheaf_engine_requests_waiting": now.waiting,
        "sheaf_engine_kv_usage_ratio": now.kv_usage,
        "sheaf_gpu_worker_stages": gate.inside,
        "sheaf_gpu_worker_open": gate.open,
        **{f"sheaf_engine_{name}": total for name, total in supervisor.totals.items()},
    }
    lines = []
    for name, meaning in METRICS.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", f"{name} {float(values[name]):.15g}"]
    return "\n".join(lines) + "\n"


class Exporter:
    """Answers `/metrics`, `/health/live`, and `/health/ready`, which is 200 while the engine takes requests."""

    def __init__(self, supervisor: Supervisor, gate: Gate, host: str, port: int) -> None:
        """Take the address.

        Raises:
            SettingsError: the address is taken, or not one of this machine's.
        """

        class Handler(_Handler):
            def answer(self) -> tuple[HTTPStatus, str]:
                if self.path == "/metrics":
                    return HTTPStatus.OK, exposition(supervisor, gate)
                if self.path == "/health/live":
                    return HTTPStatus.OK, "ok\n"
                if self.path == "/health/ready":
                    status = HTTPStatus.OK if supervisor.healthy else HTTPStatus.SERVICE_UNAVAILABLE
                    return status, f"{supervisor.state}\n"
                return HTTPStatus.NOT_FOUND, "not found\n"

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="sheaf-exporter", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens; chosen by the system where 0 was asked for."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Answer nothing more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_SECONDS

    def answer(self) -> tuple[HTTPStatus, str]:
        """Status and body for `self.path`."""
        raise NotImplementedError

    def do_GET(self) -> None:
        status, body = self.answer()
        self.send_response(status)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Prometheus asks all the time."""
