"""`sheaf ingest`."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import FAILED, CliError
from api.cli.files import find, schema_argument
from api.cli.output import counted
from api.cli.session import Session, data_command
from api.cli.uploads import Report, Row, Uploader
from api.client import RequestFailed

app = typer.Typer()

Schema = Annotated[str | None, typer.Option(help="Name, name@version, or a JSON file that holds a schema.")]
Tasks = Annotated[str | None, typer.Option(help="Comma list of extract, summarize, index. Default: all that apply.")]
Collection = Annotated[str | None, typer.Option(help="Name of the collection the documents belong to.")]


@data_command(app, "ingest")
def ingest(
    session: Session,
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH…")],
    *,
    schema: Schema = None,
    tasks: Tasks = None,
    collection: Collection = None,
    pattern: Annotated[str, typer.Option(help="Which files of folders.")] = "**/*",
    wait: Annotated[bool, typer.Option("--wait", help="Until every document is done.")] = False,
    report: Annotated[Path | None, typer.Option(help="Append one JSON line a file; what stands there is kept.")] = None,
) -> None:
    """Upload files, and every file of folders. Interrupted and run again, it goes on where it was."""
    options = {"schema": schema_argument(schema), "tasks": tasks, "collection": collection}
    uploader = Uploader(
        client=session.client,
        options={name: value for name, value in options.items() if value is not None},
        report=Report(report),
        wait=wait,
    )
    found = find(paths, pattern)
    session.client.get("/health/live")  # a service that is not there at all is not waited for
    rows: list[Row] = []
    try:
        with session.out.progress() as progress:
            bar = progress.add_task("documents", total=len(found))
            for row in uploader.run(found):
                rows.append(row)
                progress.advance(bar)
    except RequestFailed as error:
        _show(session, rows)
        raise CliError(f"{error.message} ({len(rows)} of {len(found)} done; run it again to go on)") from error
    _show(session, rows)
    if any(row.failed for row in rows):
        raise typer.Exit(FAILED)


def _show(session: Session, rows: list[Row]) -> None:
    if session.out.as_json:
        session.out.value([asdict(row) for row in rows])
        return
    session.out.table(("File", "Status", "Job", "Note"), [(row.path, row.status, row.job_id, row.note) for row in rows])
    counts = Counter(row.status for row in rows)
    session.out.line(
        counted(len(rows), "file") + "".join(f", {count} {status}" for status, count in counts.most_common())
    )
