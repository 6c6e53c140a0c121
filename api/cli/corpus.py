"""`sheaf ask` and `sheaf search`."""

from typing import Annotated, Any

import typer

from api.cli.session import Session, data_command
from api.places import place

app = typer.Typer()

Collection = Annotated[str | None, typer.Option(help="Only documents of this collection.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--filter", help="Only documents for which this holds, e.g. 'fields./total > 1000'; may be repeated."),
]
Documents = Annotated[list[str] | None, typer.Option("--document", help="Only this document; may be repeated.")]


@data_command(app, "ask")
def ask(
    session: Session,
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    collection: Collection = None,
    document: Documents = None,
    where: Where = None,
) -> None:
    """Answer a question from the documents, with the passages it rests on."""
    reply = session.client.post("/v1/answers", {"question": question, "filters": _filters(collection, document, where)})
    if session.out.as_json:
        session.out.raw(reply.raw)
        return
    session.out.line(reply.value["text"], "" if reply.value["answered"] else "yellow")
    for number, citation in enumerate(reply.value["citations"], start=1):
        session.out.line(f"[{number}] {_origin(citation)}: {citation['quote']}", "dim")
        _also_in(session, citation)
    _warnings(session, reply.value)


@data_command(app, "search")
def search(
    session: Session,
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    collection: Collection = None,
    document: Documents = None,
    where: Where = None,
) -> None:
    """Find passages, best first."""
    body = {"query": query, "limit": limit, "filters": _filters(collection, document, where)}
    reply = session.client.post("/v1/search", body)
    if session.out.as_json:
        session.out.raw(reply.raw)
        return
    for number, hit in enumerate(reply.value["items"], start=1):
        section = f", {hit['section']}" if hit["section"] else ""
        session.out.line(f"{number}. {_origin(hit)}{section}", "bold")
        session.out.line("   " + (" ".join(hit["text"].split()) or hit.get("image") or ""))
        _also_in(session, hit)
    if not reply.value["items"]:
        session.out.line("nothing found", "yellow")
    _warnings(session, reply.value)


def _filters(collection: str | None, documents: list[str] | None, where: list[str] | None) -> dict[str, Any] | None:
    given = where or []
    together = " and ".join(given if len(given) == 1 else [f"({each})" for each in given]) or None
    filters = {"collection": collection, "document_ids": documents or None, "where": together}
    return {name: value for name, value in filters.items() if value is not None} or None


def _also_in(session: Session, passage: dict[str, Any]) -> None:
    names = dict.fromkeys(other["document_name"] for other in passage.get("also_in", ()))
    if names:
        session.out.line("   also in " + ", ".join(names), "dim")


def _warnings(session: Session, found: dict[str, Any]) -> None:
    for warning in found["warnings"]:
        session.out.line(f"warning: {warning['message']}", "yellow")


def _origin(passage: dict[str, Any]) -> str:
    where = f", {place(passage['evidence'][0])}" if passage["evidence"] else ""
    return f"{passage['document_name']}{where}"
