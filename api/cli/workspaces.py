"""`sheaf workspaces`: for whoever runs the service, on the database that the settings name."""

import getpass
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import FAILED, REFUSED
from api.cli.operating import operating
from api.cli.output import Output
from pipeline.settings import Limits

if TYPE_CHECKING:
    from pipeline.access.closing import Holdings
    from pipeline.access.operating import Operator, Workspace

QUIET_SECONDS = 150.0
"""Sweepers look for closed workspaces once a minute."""
LOOK_SECONDS = 0.5

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
                {
                    "id": one.id,
                    "name": one.name,
                    "limits": one.limits.model_dump(),
                    "stored_bytes": one.stored,
                    "deleted": one.deleted,
                }
                for one in found
            ]
        )
        return
    names = list(Limits.model_fields)
    rows = [
        (one.id, shown_name(one), str(one.stored), *(str(getattr(one.limits, name) or "none") for name in names))
        for one in found
    ]
    out.table(("Workspace", "Name", "Stored", *(name.replace("_", " ").capitalize() for name in names)), rows)


def shown_name(one: "Workspace") -> str:
    """The name, and whether it is about to go."""
    return f"{one.name} (being deleted)" if one.deleted else one.name


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


@app.command("delete")
def delete_workspace(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The workspace's name, or its id.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until nothing is left, and print the receipt.")] = True,
) -> None:
    """Close a workspace at once, and have the running service remove all that it holds; it cannot be brought back."""
    out = Output(as_json=False)
    with operating(out) as operator:
        if name.startswith("ws_") and operator.left(name) is None:
            out.line(said(name, operator.receipt(name)))
            return
        held = operator.holdings(name)
        out.line(lost(held))
        if dry_run:
            return
        if not (yes or held.closed):
            typer.confirm(f"Delete {held.name}?", abort=True)
        operator.delete(held.id, by=getpass.getuser())
        out.line(f"{held.name} is closed. What it holds is removed by the running service.")
        if wait:
            wait_until_gone(out, operator, held)
            out.line(said(held.id, operator.receipt(held.id)))


@app.command("audit")
def export_audit(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The workspace's name, or its id: also of a deleted one.")
    ],
) -> None:
    """Print a workspace's audit log as `sheaf audit export` does, for `sheaf audit verify FILE`."""
    out = Output(as_json=True)
    with operating(out) as operator:
        for event in operator.events(name):
            out.value(
                {
                    "created_at": datetime.fromtimestamp(event.created_at, UTC).isoformat(),
                    "actor": event.actor,
                    "action": event.action,
                    "object_id": event.object_id,
                    "details": event.details,
                    "hash": event.hash,
                }
            )


def lost(held: "Holdings") -> str:
    """What goes with a workspace."""
    return (
        f"Workspace {held.name} ({held.id}): {held.documents} documents, {held.stored} bytes of files, "
        f"{held.keys} keys, {held.endpoints} webhooks, {held.open_jobs} jobs that have not ended."
    )


def said(workspace_id: str, receipt: "Mapping[str, int]") -> str:
    """A receipt in words."""
    counts = ", ".join(f"{count} {name}" for name, count in receipt.items())
    return f"Nothing is left of {workspace_id} but its audit log. Removed: {counts}."


def wait_until_gone(out: Output, operator: "Operator", held: "Holdings") -> None:
    """Show how many documents are gone, until all is; say so where nobody seems to remove anything."""
    with out.progress() as progress:
        bar = progress.add_task("removing documents", total=held.documents)
        before, since = held.documents, time.monotonic()
        while (left := operator.left(held.id)) is not None:
            progress.update(bar, completed=held.documents - left)
            if left < before:
                before, since = left, time.monotonic()
            elif time.monotonic() - since > QUIET_SECONDS:
                since = math.inf
                out.error(
                    f"nothing was removed for {QUIET_SECONDS:.0f} s: `sheaf up`, or `sheaf api` where the index is its "
                    f"own, does it; `sheaf workspaces delete {held.id}` waits again"
                )
            time.sleep(LOOK_SECONDS)


@app.command("retain")
def retain_documents(
    name: _NAME,
    classes: Annotated[list[str] | None, typer.Argument(metavar="CLASS=DAYS", help="`default`: all others.")] = None,
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Take all classes away: documents are kept.")] = False,
) -> None:
    """Delete a workspace's documents after so many days, by class. Without classes those that hold are printed."""
    out = Output(as_json=False)
    given: dict[str, float] = {}
    for text in classes or []:
        named, _, days = text.partition("=")
        try:
            given[named] = float(days)
        except ValueError as error:
            out.error(f"{text!r} is not CLASS=DAYS")
            raise typer.Exit(REFUSED) from error
    if reset and given:
        out.error("--reset takes all classes away; give classes without it to replace them")
        raise typer.Exit(REFUSED)
    with operating(out) as operator:
        if given or reset:
            operator.retain(name, given)
        held = operator.retention(name)
    for named, kept in sorted(held.items()):
        out.line(f"{named}: deleted after {kept:g} days")
    if "default" not in held:
        out.line(
            "all others are kept until somebody deletes them"
            if held
            else "documents are kept until somebody deletes them"
        )


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
