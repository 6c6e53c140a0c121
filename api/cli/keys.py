"""`sheaf keys`."""

from typing import Annotated

import typer

from api.cli.client import part
from api.cli.session import Session, data_command

app = typer.Typer(no_args_is_help=True, help="API keys of the workspace.")

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
    reply = session.client.post("/v1/keys", body)
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        session.out.line(reply.value["key"])


@data_command(app, "delete")
def delete_key(session: Session, key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id.")]) -> None:
    """Revoke a key; it opens nothing from then on."""
    session.client.delete(f"/v1/keys/{part(key_id)}")
