"""`sheaf migrate`."""

import typer

from api.cli.exits import REFUSED
from api.cli.output import Output
from pipeline.errors import SheafError
from pipeline.settings import load_settings

app = typer.Typer()


@app.command("migrate")
def migrate() -> None:
    """Bring the tables to this version's form, as the role that owns them; services do it too where they may."""
    from workers.bootstrap import migrate as bring  # half the service's imports: the other commands start without

    try:
        bring(load_settings())
    except SheafError as error:
        Output(as_json=False).error(error.message)
        raise typer.Exit(REFUSED) from error
    print("the tables are of this version")
