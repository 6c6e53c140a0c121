"""Routes for those who run the service: is it alive, is it ready, how much waits. They need no key."""

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from fastapi import APIRouter, Request, Response

from api.http.metrics import MEDIA_TYPE, exposition
from pipeline.errors import DatabaseUnavailable, ParserTimeout, StoreError
from pipeline.health import PARTS, check_part
from pipeline.services import Services
from pipeline.stores.records.figures import Totals, read_figures, read_totals
from schemas.health import Health

router = APIRouter(tags=["health"])

KEEP_SECONDS = 2.0
TOTALS_SECONDS = 60.0
"""How long counts of all that ever ended are kept: they read all history, if of an index only."""
PATIENCE_SECONDS = 5.0
"""How long a probe is kept waiting; those that ask usually give up later."""

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """A value that is found anew at most every `KEEP_SECONDS`: whoever asks without a key causes no work by asking.

    It is found in one thread at a time, however long that takes; who asks meanwhile waits without a thread. Belongs to
    one event loop.
    """

    def __init__(self, find: Callable[[], Value], clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._finding: asyncio.Future[Value] | None = None
        self._found_at = 0.0

    async def __call__(self) -> Value:
        """The value, at most `KEEP_SECONDS` old; whatever error its finding ended in.

        Raises:
            TimeoutError: it is not found within `PATIENCE_SECONDS`; it is still being looked for.
        """
        finding = self._finding
        if finding is None or (finding.done() and self._clock() - self._found_at > KEEP_SECONDS):
            finding = self._finding = self._begin()
        return await asyncio.wait_for(asyncio.shield(finding), PATIENCE_SECONDS)

    def _begin(self) -> asyncio.Future[Value]:
        loop = asyncio.get_running_loop()
        finding: asyncio.Future[Value] = loop.create_future()
        finding.add_done_callback(self._note)

        def work() -> None:
            settle: Callable[[], None]
            try:
                settle = partial(finding.set_result, self._find())
            except Exception as error:  # noqa: BLE001 - it is raised where the value is asked for
                settle = partial(finding.set_exception, error)
            with contextlib.suppress(RuntimeError):  # the server has stopped meanwhile
                loop.call_soon_threadsafe(settle)

        # No pool's thread: one that hangs in a dead store must not hold up the end of the process.
        threading.Thread(target=work, name="sheaf-health", daemon=True).start()
        return finding

    def _note(self, finding: asyncio.Future[Value]) -> None:
        self._found_at = self._clock()
        finding.exception()  # seen, even where nobody waits any more


class Monitor:
    """What the health routes tell."""

    def __init__(self, services: Services) -> None:
        self._parts = {part: Recent(partial(check_part, services, part)) for part in PARTS}
        self.metrics = Recent(Metrics(services))

    async def parts(self) -> dict[str, str | None]:
        """Part → what is wrong with it, or `None`; a part that does not answer in time does not work."""
        found = await asyncio.gather(*(recent() for recent in self._parts.values()), return_exceptions=True)
        return {part: _wrong(part, each) for part, each in zip(self._parts, found, strict=True)}


def _wrong(part: str, found: str | BaseException | None) -> str | None:
    if isinstance(found, TimeoutError):
        return (ParserTimeout if part == "sandbox" else StoreError).name
    if isinstance(found, BaseException):
        raise found
    return found


class Metrics:
    """The text for Prometheus, with totals at most `TOTALS_SECONDS` old. For one thread at a time."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._totals: Totals | None = None
        self._stale_at = -math.inf

    def __call__(self) -> str:
        """Everything else as it is now."""
        with self._services.database.read() as connection:
            if self._totals is None or self._clock() >= self._stale_at:
                self._totals = read_totals(connection)
                self._stale_at = self._clock() + TOTALS_SECONDS
            return exposition(read_figures(connection, self._totals))


def _monitor(request: Request) -> Monitor:
    monitor = request.app.state.monitor
    assert isinstance(monitor, Monitor)
    return monitor


@router.get("/health/live", responses={503: {"model": Health, "description": "A loop of the process stands still."}})
async def live(request: Request, response: Response) -> Health:
    """The process answers, and its loops go round. When not, start it again."""
    stalled: list[str] = request.app.state.stalled()
    response.status_code = 503 if stalled else 200
    return Health(status="stalled" if stalled else "ok", parts=dict.fromkeys(stalled, "stands still"))


@router.get("/health/ready", responses={503: {"model": Health, "description": "A part does not work."}})
async def ready(request: Request, response: Response) -> Health:
    """Database, blobs, vectors and parsers work. While they do not, send no requests here."""
    parts = await _monitor(request).parts()
    well = all(problem is None for problem in parts.values())
    response.status_code = 200 if well else 503
    return Health(status="ok" if well else "not-ready", parts={name: why or "ok" for name, why in parts.items()})


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus text format.", "content": {"text/plain": {}}}},
)
async def metrics(request: Request) -> Response:
    """Jobs, queues and deliveries in numbers."""
    try:
        text = await _monitor(request).metrics()
    except TimeoutError as error:
        raise DatabaseUnavailable from error
    return Response(text, media_type=MEDIA_TYPE)
