"""`sheaf keys`."""

from typing import Annotated

import typer

from api.cli.session import Session, data_command
from api.client import Reply, part

app = typer.Typer(no_args_is_help=True, help="API keys of the workspace.")

HOUR = 3_600
DAY = 86_400


@data_command(app, "list")
def list_keys(session: Session) -> None:
    """List the valid keys, without their text."""
    items = list(session.client.pages("/v1/keys"))
    if session.out.as_json:
        session.out.value(items)
        return
    rows = [
        (item["id"], item["name"], ", ".join(item["scopes"]), item["expires_at"] or "never", item["last_used_at"])
        for item in items
    ]
    session.out.table(("Key", "Name", "Scopes", "Expires", "Last used"), rows)


@data_command(app, "create")
def create_key(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scope: Annotated[list[str] | None, typer.Option(help="ingest, read or admin; may be repeated.")] = None,
    days: Annotated[float | None, typer.Option(help="How long it is valid. Default: until it is deleted.")] = None,
) -> None:
    """Make a key and print it, once. Without --scope it may ingest and read."""
    body = {"name": name, "scopes": scope or ["ingest", "read"], "expires_in": days * DAY if days is not None else None}
    _print_once(session, session.client.post("/v1/keys", body))


def _print_once(session: Session, reply: Reply) -> None:
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        session.out.line(reply.value["key"])


@data_command(app, "rotate")
def rotate_key(
    session: Session,
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")],
    hours: Annotated[float, typer.Option(help="How long the old key still opens.")] = 24.0,
) -> None:
    """Make a key in place of another one and print it, once."""
    _print_once(session, session.client.post(f"/v1/keys/{part(key_id)}/rotate", {"overlap_seconds": hours * HOUR}))


@data_command(app, "delete")
def delete_key(session: Session, key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")]) -> None:
    """Revoke a key; it opens nothing from then on."""
    session.client.delete(f"/v1/keys/{part(key_id)}")
