"""`sheaf webhooks`."""

from typing import Annotated

import typer

from api.cli.session import Session, data_command
from api.client import part

app = typer.Typer(no_args_is_help=True, help="Receivers of events, and what was sent to them.")

HOUR = 3600.0

Endpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id.")]


@data_command(app, "list")
def list_endpoints(session: Session) -> None:
    """List the receivers."""
    items = list(session.client.pages("/v1/webhooks"))
    if session.out.as_json:
        session.out.value(items)
        return
    rows = [
        (item["id"], item["url"], ", ".join(item["events"] or ["all"]), item["enabled"], item["disabled_reason"])
        for item in items
    ]
    session.out.table(("Endpoint", "URL", "Events", "On", "Reason"), rows)


@data_command(app, "create")
def create_endpoint(
    session: Session,
    url: Annotated[str, typer.Argument(metavar="URL")],
    event: Annotated[list[str] | None, typer.Option(help="Only this event; may be repeated. Default: all.")] = None,
) -> None:
    """Add a receiver; print its id, once the secret that verifies what it gets, and a public key that does so too."""
    reply = session.client.post("/v1/webhooks", {"url": url, "events": event or None})
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        for name in ("id", "secret", "public_key"):
            session.out.line(reply.value[name])


@data_command(app, "secret")
def show_secret(session: Session) -> None:
    """Print the secret that verifies deliveries to the `webhook_url` of uploads."""
    reply = session.client.get("/v1/webhooks/secret")
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        session.out.line(reply.value["secret"])


@data_command(app, "rotate")
def rotate_secret(
    session: Session,
    endpoint: Annotated[
        str | None, typer.Argument(metavar="[ENDPOINT]", help="The endpoint's id. Default: the secret of uploads.")
    ] = None,
    overlap: Annotated[
        float, typer.Option(min=0, max=168, metavar="HOURS", help="How long the old secret signs too; 0: it leaked.")
    ] = 24.0,
) -> None:
    """Change what signs deliveries; print the new secret, once, and the new public key."""
    where = "secret" if endpoint is None else part(endpoint)
    reply = session.client.post(f"/v1/webhooks/{where}/rotate", {"overlap_seconds": overlap * HOUR})
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        session.out.line(reply.value["secret"])
        session.out.line(reply.value["public_key"])


@data_command(app, "enable")
def enable_endpoint(session: Session, endpoint: Endpoint) -> None:
    """Switch a receiver on again."""
    _switch(session, endpoint, enabled=True)


@data_command(app, "disable")
def disable_endpoint(session: Session, endpoint: Endpoint) -> None:
    """Switch a receiver off."""
    _switch(session, endpoint, enabled=False)


def _switch(session: Session, endpoint: str, *, enabled: bool) -> None:
    reply = session.client.patch(f"/v1/webhooks/{part(endpoint)}", {"enabled": enabled})
    if session.out.as_json:
        session.out.raw(reply.raw)


@data_command(app, "delete")
def delete_endpoint(session: Session, endpoint: Endpoint) -> None:
    """Remove a receiver and what was still to be sent to it."""
    session.client.delete(f"/v1/webhooks/{part(endpoint)}")


@data_command(app, "deliveries")
def list_deliveries(
    session: Session,
    status: Annotated[str | None, typer.Option(help="pending, sending, delivered, failed or cancelled.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
) -> None:
    """List deliveries, newest first."""
    reply = session.client.get("/v1/webhooks/deliveries", status=status, limit=limit)
    if session.out.as_json:
        session.out.raw(reply.raw)
        return
    columns = ("id", "event", "status", "attempts", "last_status", "last_error", "url")
    rows = [[item[column] for column in columns] for item in reply.value["items"]]
    session.out.table(("Delivery", "Event", "Status", "Attempts", "Answer", "Error", "URL"), rows)


@data_command(app, "replay")
def replay_delivery(
    session: Session,
    delivery: Annotated[str | None, typer.Argument(metavar="[DELIVERY]", help="Default: all that failed.")] = None,
    endpoint: Annotated[str | None, typer.Option(metavar="ID", help="Of all that failed only this receiver's.")] = None,
) -> None:
    """Send a delivery, or all that failed, again, with the same webhook-id."""
    if delivery is None:
        wanted = {"endpoint_id": endpoint} if endpoint is not None else {}
        reply = session.client.post("/v1/webhooks/deliveries/replay", wanted)
    else:
        reply = session.client.post(f"/v1/webhooks/deliveries/{part(delivery)}/replay")
    if session.out.as_json:
        session.out.raw(reply.raw)
    elif delivery is None:
        session.out.line(f"{reply.value['replayed']} are sent again")
