"""`sheaf api`, `sheaf worker`, `sheaf sweeper`: the service as several processes."""

import os
from typing import Annotated, Any

import typer

from api.cli.exits import REFUSED
from api.cli.output import Output
from pipeline.errors import SheafError
from pipeline.settings import load_settings

app = typer.Typer()

HealthHost = Annotated[str, typer.Option(help="Address of /health/live and /health/ready.")]
HealthPort = Annotated[
    int | None, typer.Option(min=1, max=65_535, help="Port of /health/live and /health/ready; without it, none.")
]


@app.command("api")
def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on, else the setting http.host.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, else the setting http.port.")] = None,
    *,
    folders: Annotated[
        bool, typer.Option(help="Feed batches and watched folders; one API process of several is to do it.")
    ] = True,
) -> None:
    """Answer requests, and leave the work to workers; it keeps the embedded index, where that is used."""
    http = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    overrides: dict[str, Any] = {"http": http} if http else {}
    try:
        settings = load_settings(**overrides)
        from api.http.serve import serve_api  # the whole service: the other commands start without it

        serve_api(settings, folders=folders)
    except SheafError as error:
        Output(as_json=False).error(error.message)
        raise typer.Exit(REFUSED) from error


@app.command("worker")
def worker(
    queues: Annotated[
        str | None, typer.Option(help="Comma list of read, infer, index, deliver; else all that it may have.")
    ] = None,
    health_host: HealthHost = "127.0.0.1",
    health_port: HealthPort = None,
) -> None:
    """Work on documents beside an API process; any number of them, on any number of hosts."""
    try:
        settings = load_settings()
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy starts threads as it is imported, and it is forked
        from workers.beside import work_forked
        from workers.roles import worker_queues

        work_forked(settings, worker_queues(settings, queues), _address(health_host, health_port))
    except SheafError as error:
        Output(as_json=False).error(error.message)
        raise typer.Exit(REFUSED) from error


@app.command("sweeper")
def sweeper(health_host: HealthHost = "127.0.0.1", health_port: HealthPort = None) -> None:
    """Take up what dead workers and lost messages left, apart from all work; any number of them."""
    try:
        settings = load_settings()
        from workers.beside import work

        work(settings, [], _address(health_host, health_port))
    except SheafError as error:
        Output(as_json=False).error(error.message)
        raise typer.Exit(REFUSED) from error


def _address(host: str, port: int | None) -> tuple[str, int] | None:
    return None if port is None else (host, port)
