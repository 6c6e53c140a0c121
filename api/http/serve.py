"""The REST server, with the whole service in its process or as one of several."""

import logging
import resource
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import TextIO

import uvicorn
from fastapi import FastAPI

from api.http.app import create_app
from api.http.first_start import FirstStart, prepare
from api.http.protocol import ProblemProtocol
from pipeline.errors import SettingsError
from pipeline.services import Services
from pipeline.settings import Settings
from workers.bootstrap import build, close
from workers.logs import configure
from workers.roles import check_shared, for_api
from workers.runner import Runner

log = logging.getLogger("sheaf.http")

DRAIN_SECONDS = 5
"""How long answers that are under way may take once the service was told to stop."""
BACKLOG = 2048
OPEN_FILES = 65_536
"""What a process may have open, where the system allows so many: most begin with 1,024, and a connection is one."""


class Server(uvicorn.Server):
    """Uvicorn, which lets nobody wait for a job while it stops."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        super().__init__(
            uvicorn.Config(
                app,
                http=ProblemProtocol,
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wake whoever waits, then stop as usual."""
        self._app.state.changes.close()
        await super().shutdown(sockets)


def serve(settings: Settings, output: TextIO = sys.stdout) -> None:
    """Run until SIGTERM or SIGINT, then stop in order; work that cannot end in time goes on at the next start.

    `output` is told where the service and its key are.

    Raises:
        SettingsError: the settings cannot be worked with, or the address is taken.
        VectorsLocked: another process owns the data folder.
    """
    _serve(settings, output, folders=True)


def serve_api(settings: Settings, output: TextIO = sys.stdout, *, folders: bool = True) -> None:
    """As `serve`, but the work is left to workers; only an embedded index is kept, and its queue worked on, here.

    Without `folders` another API process feeds batches and watched folders, and finishes deletions.

    Raises:
        SettingsError: as `serve`, or workers could not be rung for.
        VectorsLocked: another process owns the embedded index.
    """
    check_shared(settings)
    _serve(for_api(settings), output, folders=folders)


def _serve(settings: Settings, output: TextIO, *, folders: bool) -> None:
    configure(settings.log_level, settings.log_format)
    open_many_files()
    # The address is taken first: two services on one port are told apart before either has touched the data.
    listener = listen(settings.http.host, settings.http.port)
    stop = Stop()
    process = build(settings)
    services = process.services
    try:
        first = prepare(services)
        runner = Runner(services, process.app, process.slots, first.workspace_id if folders else None)
        runner.start()
        try:
            announce(services, first, output)
            server = Server(create_app(services, runner.stalled))
            stop.tell(server)
            server.run(sockets=[listener])
        finally:
            runner.close()
    finally:
        close(services)


def open_many_files() -> None:
    """Raise the soft limit of open files to `OPEN_FILES`, or to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # macOS has a lower limit of its own, and serves on with what there is
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Stop:
    """What SIGTERM and SIGINT do while Uvicorn does not handle them itself: before it runs, and after.

    Before there is a server the process ends at once. Uvicorn raises a signal again when it has stopped; by then we are
    on the way out and need no second word.
    """

    def __init__(self) -> None:
        self._server: Server | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def tell(self, server: Server) -> None:
        """From now on the server is stopped, in order."""
        self._server = server

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        log.info("stopping: %s", signal.Signals(number).name)
        if self._server is None:
            raise SystemExit(128 + number)
        self._server.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        SettingsError: the address is taken, or not one of this machine's.
    """
    listener = None
    try:
        # With the protocol named, asyncio sends small answers at once (TCP_NODELAY); without it they wait for 40 ms.
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:  # a name that is none is the latter
        if listener is not None:
            listener.close()
        reason = getattr(error, "strerror", None) or error
        other = "SHEAF_HTTP__PORT or --port takes another port, SHEAF_HTTP__HOST or --host another address"
        message = f"cannot listen on {host}:{port}: {reason}; {other}"
        raise SettingsError(message, keys=["http.host", "http.port"]) from error
    return listener


def announce(services: Services, first: FirstStart, output: TextIO) -> None:
    """Tell whoever started us where everything is."""
    url = services.settings.public_url
    lines = [f"Sheaf is at {url}, its documentation at {url}/docs"]
    if first.new_key is not None:
        lines.append(f"API key, shown once: {first.new_key}")
    if first.key_file is not None:
        lines.append(f"The key is in {first.key_file}; `sheaf` reads it there")
    elif services.settings.access.bootstrap_key is not None:
        lines.append("The key is the one in access.bootstrap_key")
    print(*lines, sep="\n", file=output, flush=True)
