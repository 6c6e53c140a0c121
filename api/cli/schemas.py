"""`sheaf schemas`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import REFUSED, CliError
from api.cli.session import Session, data_command
from api.client import part
from schemas import exact_json

app = typer.Typer(no_args_is_help=True, help="JSON Schemas that extraction fills: the built-in ones and your own.")


@data_command(app, "list")
def list_schemas(session: Session) -> None:
    """List all schemas by name."""
    items = list(session.client.pages("/v1/schemas"))
    if session.out.as_json:
        session.out.value(items)
        return
    rows = [
        (item["name"], item["version"], "built in" if item["built_in"] else "yours", item["title"]) for item in items
    ]
    session.out.table(("Name", "Version", "", "Title"), rows)


@data_command(app, "show")
def show_schema(session: Session, name: Annotated[str, typer.Argument(metavar="NAME[@VERSION]")]) -> None:
    """Print a schema; with --json, what the service says about it as well."""
    plain, at, version = name.partition("@")
    reply = session.client.get(f"/v1/schemas/{part(plain)}", version=version if at else None)
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        session.out.raw(exact_json.dumps(reply.value["schema"], indent=True))


@data_command(app, "put")
def put_schema(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Holds a JSON Schema.")],
) -> None:
    """Store a schema of your own; a changed one becomes a new version."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error.strerror}", REFUSED) from error
    _check_json(file, content)
    reply = session.client.put(f"/v1/schemas/{part(name)}", content)
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        session.out.line(f"{reply.value['name']}@{reply.value['version']}")


def _check_json(file: Path, content: bytes) -> None:
    """The service says less of where a fault is, and does not know the file's name."""
    try:
        json.loads(content)
    except ValueError as error:
        raise CliError(f"{file} is no JSON: {error}", REFUSED) from error
