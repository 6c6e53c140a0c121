"""`sheaf index`: generations of the search index, on the database that the settings name."""

from typing import Annotated

import typer

from api.cli.operating import operating
from api.cli.output import Output

app = typer.Typer(no_args_is_help=True, help="The search index, on the machine where the settings are.")


@app.command("list")
def list_generations(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the indexes there are, and how far one that is being filled has come."""
    out = Output(as_json=as_json)
    with operating(out) as operator:
        found = operator.index()
    if as_json:
        out.value([{**one.shown, "problems": one.problems} for one in found])
        return
    out.table(
        ("Generation", "Model", "Status", "Documents"),
        [(str(one.number), one.embedder, one.status, one.documents) for one in found],
    )
    for one in found:
        for document_id, problem in one.problems:
            out.line(f"{document_id}: {problem}")


@app.command("switch")
def switch() -> None:
    """Bring the index that is being filled into use, though documents are missing that could not be put into it."""
    out = Output(as_json=False)
    with operating(out) as operator:
        out.line(f"generation {operator.switch_index()} is in use")


@app.command("drop")
def drop(number: Annotated[int, typer.Argument(metavar="GENERATION", help="Its number.")]) -> None:
    """Remove an index that is kept for going back; the service does it within a minute."""
    out = Output(as_json=False)
    with operating(out) as operator:
        operator.drop_index(number)
        out.line(f"generation {number} is being removed")
