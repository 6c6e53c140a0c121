"""Routes for those who run the service: is it alive, is it ready, how much waits. They need no key."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from fastapi import APIRouter, Request, Response

from api.http.metrics import MEDIA_TYPE, exposition
from pipeline.health import check_health
from pipeline.services import Services
from pipeline.stores.records.figures import read_figures
from schemas.health import Health

router = APIRouter(tags=["health"])

KEEP_SECONDS = 2.0

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """A value that is found anew at most every `KEEP_SECONDS`: whoever asks without a key causes no work by asking."""

    def __init__(self, find: Callable[[], Value], clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._lock = threading.Lock()
        self._found: tuple[float, Value] | None = None

    def __call__(self) -> Value:
        """The value, at most `KEEP_SECONDS` old."""
        with self._lock:
            if self._found is None or self._clock() - self._found[0] > KEEP_SECONDS:
                self._found = (self._clock(), self._find())
            return self._found[1]


class Monitor:
    """What the health routes tell."""

    def __init__(self, services: Services) -> None:
        self.parts = Recent(lambda: check_health(services))
        self.metrics = Recent(lambda: _metrics(services))


def _metrics(services: Services) -> str:
    with services.database.read() as connection:
        return exposition(read_figures(connection))


def _monitor(request: Request) -> Monitor:
    monitor = request.app.state.monitor
    assert isinstance(monitor, Monitor)
    return monitor


@router.get("/health/live")
async def live() -> Health:
    """The process answers. When it does not, start it again."""
    return Health(status="ok")


@router.get("/health/ready", responses={503: {"model": Health, "description": "A part does not work."}})
def ready(request: Request, response: Response) -> Health:
    """Database, blobs, vectors and parsers work. While they do not, send no requests here."""
    parts = _monitor(request).parts()
    well = all(problem is None for problem in parts.values())
    response.status_code = 200 if well else 503
    return Health(status="ok" if well else "not-ready", parts={name: why or "ok" for name, why in parts.items()})


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus text format.", "content": {"text/plain": {}}}},
)
def metrics(request: Request) -> Response:
    """Jobs, queues and deliveries in numbers."""
    return Response(_monitor(request).metrics(), media_type=MEDIA_TYPE)
