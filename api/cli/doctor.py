"""`sheaf doctor`."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from api.cli.exits import FAILED, REFUSED, CliError
from api.cli.session import Session, data_command
from api.client import Client, RequestFailed
from pipeline.errors import SettingsError
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from workers.doctor.checks import Check

app = typer.Typer()

SERVICE_COST = "data commands do not work; `sheaf up` starts the service"
NOT_READY_COST = "documents are not accepted, or not worked on"
KEY_COST = "data commands are refused; the service prints a key at its first start"


@data_command(app, "doctor")
def doctor(session: Session) -> None:
    """Say which engines, models and servers are configured, reachable and in use, and what each missing one costs."""
    from workers.doctor.report import report  # half the service's imports, which the other commands start without

    try:
        checks = [*report(load_settings()), *service_checks(session.client)]
    except SettingsError as error:
        raise CliError(f"settings: {error.message}", REFUSED) from error
    if session.out.as_json:
        session.out.value([asdict(check) for check in checks])
    else:
        rows = [(check.name, check.state, check.detail, check.cost) for check in checks]
        session.out.table(("What", "State", "Detail", "What it costs"), rows)
    if any(check.state == "missing" for check in checks):
        raise typer.Exit(FAILED)


def service_checks(client: Client) -> Iterator["Check"]:
    """Whether the service answers, and takes the key."""
    from workers.doctor.checks import Check

    name = "service"
    try:
        client.get("/health/ready")
    except RequestFailed as error:
        if error.problem is None:  # nobody answers
            yield Check(name=name, state="off", detail=error.message, cost=SERVICE_COST)
            return
        ill = [f"{part}: {said}" for part, said in error.problem.get("parts", {}).items() if said != "ok"]
        detail = ", ".join(ill) or error.message
        yield Check(name=name, state="missing", detail=detail, cost=NOT_READY_COST)
    else:
        yield Check(name=name, state="ok", detail=f"ready at {client.url}")
    try:
        client.get("/v1/jobs", limit=1)
    except RequestFailed as error:
        yield Check(name="API key", state="missing", detail=error.message, cost=KEY_COST)
    else:
        yield Check(name="API key", state="ok", detail="accepted")
