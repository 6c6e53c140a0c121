"""`sheaf mcp`."""

from typing import Annotated

import typer

from api.cli.exits import REFUSED, status_of
from api.cli.output import Output
from api.client import RequestFailed, connect

app = typer.Typer()

MISSING = "the package mcp is not installed; install the extra mcp, as docs/start.md says"


@app.command("mcp")
def mcp(
    *,
    http: Annotated[bool, typer.Option("--http", help="Serve over HTTP instead of standard input and output.")] = False,
    host: Annotated[str, typer.Option(help="With --http: address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="With --http: port to listen on.")] = 8081,
    url: Annotated[str | None, typer.Option("--url", help="The service, as for the data commands.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="API key; over HTTP each caller brings its own.")] = None,
) -> None:
    """Give assistants tools to search, ask, read and extract, by the Model Context Protocol."""
    out = Output(as_json=False)
    try:
        from api.mcp.server import make_server, over_http, over_stdio
    except ModuleNotFoundError as error:
        out.error(MISSING)
        raise typer.Exit(REFUSED) from error
    if not http:
        make_server(over_stdio(url, key)).run("stdio")
        return
    if key is not None:
        out.error("over HTTP each caller sends its own key as Authorization: Bearer KEY; --key is for stdio")
        raise typer.Exit(REFUSED)
    try:
        with connect(url, None) as client:
            service = client.url
    except RequestFailed as error:
        out.error(error.message)
        raise typer.Exit(status_of(error)) from error
    make_server(over_http(service)).run("streamable-http", host=host, port=port, stateless_http=True)
