"""`sheaf workspaces`: for whoever runs the service, on the database that the settings name."""

from typing import Annotated

import typer

from api.cli.exits import FAILED, REFUSED
from api.cli.operating import operating
from api.cli.output import Output
from pipeline.settings import Limits

app = typer.Typer(no_args_is_help=True, help="Workspaces of the service, on the machine where its settings are.")

_NAME = Annotated[str, typer.Argument(metavar="NAME", help="The workspace's name.")]
_NONE = "0 is without limit; not given leaves it."


@app.command("list")
def list_workspaces(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the workspaces with what they store, in bytes, and their limits."""
    out = Output(as_json=as_json)
    with operating(out) as operator:
        found = operator.workspaces()
    if as_json:
        out.value(
            [
                {"id": one.id, "name": one.name, "limits": one.limits.model_dump(), "stored_bytes": one.stored}
                for one in found
            ]
        )
        return
    names = list(Limits.model_fields)
    rows = [
        (one.id, one.name, str(one.stored), *(str(getattr(one.limits, name) or "none") for name in names))
        for one in found
    ]
    out.table(("Workspace", "Name", "Stored", *(name.replace("_", " ").capitalize() for name in names)), rows)


@app.command("create")
def create_workspace(name: _NAME) -> None:
    """Make a workspace and print its first key, once; it has all scopes."""
    out = Output(as_json=False)
    with operating(out) as operator:
        out.line(operator.create(name))


@app.command("limit")
def limit_workspace(
    name: _NAME,
    *,
    requests_per_minute: Annotated[int | None, typer.Option(min=0, help=_NONE)] = None,
    documents_per_day: Annotated[int | None, typer.Option(min=0, help=_NONE)] = None,
    bytes_per_day: Annotated[int | None, typer.Option(min=0, help=_NONE)] = None,
    reruns_per_day: Annotated[int | None, typer.Option(min=0, help=_NONE)] = None,
    stored_bytes: Annotated[int | None, typer.Option(min=0, help=_NONE)] = None,
    open_jobs: Annotated[int | None, typer.Option(min=0, help=_NONE)] = None,
    reset: Annotated[bool, typer.Option("--reset", help="First take away all limits of its own.")] = False,
) -> None:
    """Give a workspace limits of its own; the service goes by them within ten seconds."""
    given = {
        "requests_per_minute": requests_per_minute,
        "documents_per_day": documents_per_day,
        "bytes_per_day": bytes_per_day,
        "reruns_per_day": reruns_per_day,
        "stored_bytes": stored_bytes,
        "open_jobs": open_jobs,
    }
    out = Output(as_json=False)
    with operating(out) as operator:
        operator.limit(name, {key: value for key, value in given.items() if value is not None}, reset=reset)


@app.command("retain")
def retain_documents(
    name: _NAME,
    classes: Annotated[list[str] | None, typer.Argument(metavar="CLASS=DAYS", help="`default`: all others.")] = None,
) -> None:
    """Delete a workspace's documents after so many days, by class; without any they are kept."""
    out = Output(as_json=False)
    given: dict[str, float] = {}
    for text in classes or []:
        named, _, days = text.partition("=")
        try:
            given[named] = float(days)
        except ValueError as error:
            out.error(f"{text!r} is not CLASS=DAYS")
            raise typer.Exit(REFUSED) from error
    with operating(out) as operator:
        operator.retain(name, given)


@app.command("recount")
def recount_workspaces(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One of them; all where none is named.")] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; ends with 1 where a count differs.")
    ] = False,
) -> None:
    """Hold what is counted as stored against the files themselves, and set it right; safe beside a running service."""
    out = Output(as_json=False)
    with operating(out) as operator:
        found = operator.recount(name, mend=not dry_run)
    said = "differs" if dry_run else "mended"
    rows = [(named, str(each.counted), str(each.stored), said if each.differs else "ok") for named, each in found]
    out.table(("Name", "Counted", "Stored", ""), rows)
    if dry_run and any(each.differs for _, each in found):
        raise typer.Exit(FAILED)
