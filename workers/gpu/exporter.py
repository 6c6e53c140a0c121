"""The figures of a GPU worker, over HTTP for Prometheus and for whoever asks whether it is up."""

from http import HTTPStatus

from workers.answering import Answer, StatusServer
from workers.gpu.figures import EngineFigures
from workers.gpu.gate import Gate
from workers.gpu.supervisor import Supervisor

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


class Exporter(StatusServer):
    """Answers `/metrics`, `/health/live`, and `/health/ready`, which is 200 while the engine takes requests."""

    def __init__(self, supervisor: Supervisor, gate: Gate, host: str, port: int) -> None:
        """Take the address.

        Raises:
            SettingsError: the address is taken, or not one of this machine's.
        """

        def answer(path: str) -> Answer:
            if path == "/metrics":
                return HTTPStatus.OK, exposition(supervisor, gate)
            if path == "/health/live":
                return HTTPStatus.OK, "ok\n"
            if path == "/health/ready":
                status = HTTPStatus.OK if supervisor.healthy else HTTPStatus.SERVICE_UNAVAILABLE
                return status, f"{supervisor.state}\n"
            return HTTPStatus.NOT_FOUND, "not found\n"

        super().__init__(answer, host, port)
