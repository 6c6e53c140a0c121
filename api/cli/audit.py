"""`sheaf audit`."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.exits import FAILED, REFUSED, CliError
from api.cli.session import Session, data_command
from pipeline.access.audit_chain import Link, microseconds_of, verify
from schemas import exact_json

app = typer.Typer(no_args_is_help=True, help="The workspace's audit log: who did what.")

PAGE = 200


@data_command(app, "export")
def export_audit(session: Session) -> None:
    """Print all events as JSON Lines, oldest first, as `verify` reads them."""
    for event in session.client.pages("/v1/audit", limit=PAGE):
        session.out.raw(exact_json.dumps(event))


@data_command(app, "verify")
def verify_audit(
    session: Session,
    file: Annotated[
        Path | None, typer.Argument(help="What `export` printed. Default: the service's present log.")
    ] = None,
    head: Annotated[str | None, typer.Option(help="A hash noted earlier; it must still be in the log.")] = None,
) -> None:
    """Follow the chain of hashes, and fail where an event was changed, taken out or put in."""
    events = session.client.pages("/v1/audit", limit=PAGE) if file is None else _read(file)
    verdict = verify((_link(event) for event in events), head=head)
    if session.out.as_json:
        session.out.value({"events": verdict.events, "head": verdict.head, "holds": verdict.holds})
    elif verdict.holds:
        session.out.line(f"{verdict.events} events; the chain holds. Head: {verdict.head or 'none'}")
    elif verdict.broken:
        session.out.line(f"broken: event {verdict.events + 1} does not follow from the {verdict.events} before it")
    else:
        session.out.line(f"{verdict.events} events, and {head} is not among them: newer ones were dropped or rewritten")
    if not verdict.holds:
        raise typer.Exit(FAILED)


def _read(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open("rb") as lines:
            for line in lines:
                yield exact_json.loads(line)
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error.strerror}", REFUSED) from error
    except ValueError as error:
        raise CliError(f"{file} is not what `sheaf audit export` prints", REFUSED) from error


def _link(event: dict[str, Any]) -> Link:
    try:
        return Link(
            at=microseconds_of(datetime.fromisoformat(event["created_at"])),
            actor=event["actor"],
            action=event["action"],
            object_id=event["object_id"],
            details=event["details"],
            hash=event["hash"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CliError("an event has not the form that `sheaf audit export` prints", REFUSED) from error
