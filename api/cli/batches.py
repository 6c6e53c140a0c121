"""`sheaf batches`."""

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from api.cli.exits import FAILED
from api.cli.files import schema_argument
from api.cli.ingest import Collection, Schema, Tasks
from api.cli.session import Session, data_command
from api.client import Client, part
from schemas import exact_json

app = typer.Typer(no_args_is_help=True, help="Folders that the service itself reads, under the roots of its settings.")

POLL_SECONDS = 1.0


@data_command(app, "create")
def create_batch(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="NAME[/SUBPATH]", help="A folder below a declared root.")],
    *,
    pattern: Annotated[str, typer.Option(help="Which files.")] = "**/*",
    schema: Schema = None,
    tasks: Tasks = None,
    collection: Collection = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until every file is done.")] = False,
) -> None:
    """Ingest a folder on the service's side."""
    body = {
        "source": source,
        "pattern": pattern,
        "schema": _inline(schema_argument(schema)),
        "tasks": [task.strip() for task in tasks.split(",")] if tasks is not None else None,
        "collection": collection,
    }
    reply = session.client.post("/v1/batches", body)
    batch_id = reply.value["id"]
    if not wait:
        session.out.raw(reply.raw) if session.out.as_json else session.out.line(batch_id)
        return
    batch = _ended(session, batch_id)
    _show(session, batch_id)
    if batch["status"] == "failed" or any(batch["files"].get(status) for status in ("failed", "refused")):
        raise typer.Exit(FAILED)


@data_command(app, "list")
def list_batches(session: Session, limit: Annotated[int, typer.Option(min=1, max=200)] = 20) -> None:
    """List batches, newest first."""
    reply = session.client.get("/v1/batches", limit=limit)
    if session.out.as_json:
        session.out.raw(reply.raw)
        return
    rows = [(item["id"], item["status"], item["source"], _counts(item)) for item in reply.value["items"]]
    session.out.table(("Batch", "Status", "Source", "Files"), rows)


@data_command(app, "show")
def show_batch(session: Session, batch: Annotated[str, typer.Argument(metavar="BATCH")]) -> None:
    """Show a batch and each of its files."""
    _show(session, batch)


def _show(session: Session, batch_id: str) -> None:
    batch = session.client.get(f"/v1/batches/{part(batch_id)}").value
    files = list(session.client.pages(f"/v1/batches/{part(batch_id)}/files"))
    if session.out.as_json:
        session.out.value({**batch, "items": files})
        return
    rows = [(item["path"], item["status"], item["job_id"], _why(item["problem"])) for item in files]
    session.out.table(("File", "Status", "Job", "Problem"), rows)
    session.out.line(f"{batch['source']}: {batch['status']}, {_counts(batch)}")


def _why(problem: dict[str, Any] | None) -> str | None:
    return None if problem is None else str(problem.get("detail") or problem["title"])


def _ended(session: Session, batch_id: str, pause: Callable[[float], None] = time.sleep) -> dict[str, Any]:
    with session.out.progress() as progress:
        bar = progress.add_task(batch_id, total=None)
        while True:
            batch = _batch(session.client, batch_id)
            total = sum(batch["files"].values())
            progress.update(bar, total=total or None, completed=float(batch["progress"]) * total)
            if batch["status"] in ("finished", "failed"):
                return batch
            pause(POLL_SECONDS)


def _batch(client: Client, batch_id: str) -> dict[str, Any]:
    batch: dict[str, Any] = client.get(f"/v1/batches/{part(batch_id)}").value
    return batch


def _counts(batch: dict[str, Any]) -> str:
    return ", ".join(f"{count} {status}" for status, count in batch["files"].items() if count) or "no files"


def _inline(schema: str | None) -> Any:  # noqa: ANN401 - a name, or the schema as a JSON value
    return exact_json.loads(schema) if schema is not None and schema.lstrip().startswith("{") else schema
