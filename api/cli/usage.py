"""`sheaf usage`."""

from typing import Annotated, Any

import typer

from api.cli.session import Session, data_command

app = typer.Typer()


@data_command(app, "usage")
def usage(
    session: Session,
    since: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD (UTC). Default: 30 days.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD (UTC). Default: today.")] = None,
) -> None:
    """Say what the workspace has worked, asked of models, and spent, and how much of its quotas is used."""
    reply = session.client.get("/v1/usage", since=since, until=until)
    if session.out.as_json:
        session.out.raw(reply.raw)
        return
    report = reply.value
    session.out.line(
        f"{report['since']} to {report['until']}: {report['jobs']} jobs, {report['pages']} pages, "
        f"{report['seconds']:.0f} s of work, {report['cost']:.2f} {report['currency']}"
    )
    if report["models"]:
        session.out.table(("Model", "Calls", "Input", "Cached", "Output", "Seconds", "Cost"), _rows(report["models"]))
    session.out.table(("Quota", "Used", "Limit"), [_quota(one) for one in report["quotas"]])


def _quota(one: dict[str, Any]) -> tuple[str, ...]:
    limit = one["limit"]
    return (one["quota"].replace("_", " ").capitalize(), f"{one['used']:,}", "none" if limit is None else f"{limit:,}")


def _rows(models: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    counts = ("calls", "input_tokens", "cached_tokens", "output_tokens")
    return [
        (one["model"], *(f"{one[name]:,}" for name in counts), f"{one['seconds']:.1f}", f"{one['cost']:.4f}")
        for one in models
    ]
