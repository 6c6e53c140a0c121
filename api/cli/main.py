"""The program `sheaf`."""

import atexit
import gc
from importlib.metadata import version
from typing import Annotated, Any

import typer

from api.cli import (
    audit,
    batches,
    corpus,
    doctor,
    documents,
    gpu_worker,
    index,
    ingest,
    jobs,
    keys,
    mcp,
    migrate,
    processes,
    schemas,
    usage,
    webhooks,
    workspaces,
)
from api.cli import eval as evaluation
from api.cli.exits import REFUSED
from api.cli.output import Output
from pipeline.errors import SheafError
from pipeline.settings import load_settings

app = typer.Typer(
    name="sheaf",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Documents in; JSON with evidence, summaries and answers out. Data commands talk to a running service.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(version("sheaf"))
        raise typer.Exit


@app.callback()
def options(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""
    del show_version


@app.command("up")
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on, else the setting http.host.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, else the setting http.port.")] = None,
) -> None:
    """Start the service and keep it up."""
    http = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    overrides: dict[str, Any] = {"http": http} if http else {}
    try:
        settings = load_settings(**overrides)
        from api.http.serve import serve  # the whole service: the other commands start without it

        serve(settings)
    except SheafError as error:
        Output(as_json=False).error(error.message)
        raise typer.Exit(REFUSED) from error


for group in (processes, migrate, gpu_worker, ingest, jobs, documents, corpus, usage, evaluation, mcp, doctor):
    app.add_typer(group.app)
app.add_typer(schemas.app, name="schemas")
app.add_typer(batches.app, name="batches")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")
app.add_typer(workspaces.app, name="workspaces")
app.add_typer(index.app, name="index")


def main() -> None:
    """Run the program."""
    # All is closed by then. The interpreter's last collections would still go through a million objects that are left,
    # which on a busy machine takes seconds of the time that a process has to stop.
    atexit.register(gc.freeze)
    app()


if __name__ == "__main__":
    main()
