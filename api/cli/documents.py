"""`sheaf documents`: what is stored, and `sheaf delete`."""

from typing import Annotated

import typer

from api.cli.output import counted, minute
from api.cli.session import Session, data_command
from api.client import part

app = typer.Typer()


@data_command(app, "documents")
def documents(session: Session, limit: Annotated[int, typer.Option(min=1, max=200)] = 20) -> None:
    """List documents, newest first."""
    reply = session.client.get("/v1/documents", limit=limit)
    if session.out.as_json:
        session.out.raw(reply.raw)
        return
    rows = [
        (
            document["id"],
            document["name"],
            document["media_type"],
            document["collection"],
            minute(document["created_at"]),
        )
        for document in reply.value["items"]
    ]
    session.out.table(("Document", "Name", "Type", "Collection", "Created (UTC)"), rows)
    if reply.value["next_cursor"]:
        session.out.line("there are older ones: --limit shows up to 200", "dim")


@data_command(app, "delete")
def delete(session: Session, document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its id.")]) -> None:
    """Remove a document and everything made of it: file, results, passages, vectors. It cannot be undone."""
    reply = session.client.delete(f"/v1/documents/{part(document)}")
    if session.out.as_json:
        session.out.raw(reply.raw)
        return
    receipt = reply.value
    removed = f"{counted(receipt['blobs'], 'file')}, {counted(receipt['chunks'], 'passage')}"
    session.out.line(f"{receipt['document_id']}: deleted ({removed})")
