"""Events of a workspace become deliveries, in the transaction that makes them true."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from pipeline.delivery.events import build_event
from pipeline.delivery.guard import parse_url
from pipeline.settings import Settings
from pipeline.stores.records import deliveries, documents, endpoints, outbox
from pipeline.stores.records.tables import new_id
from pipeline.tracing.current import nearest
from schemas.webhooks import EventType


def emit(
    connection: Connection,
    settings: Settings,
    event: EventType,
    *,
    event_id: str,
    workspace_id: str,
    status: str,
    now: float,
    job_id: str | None = None,
    document_id: str | None = None,
    batch_id: str | None = None,
    metadata: dict[str, Any] | None = None,
    webhook_url: str | None = None,
    traceparent: str | None = None,
) -> int:
    """Note the event for the upload's own URL and every endpoint that wants it; how many deliveries that makes.

    `event_id` is the webhook-id; the same event has the same one, however often work is repeated. `now` is the
    database's time in seconds since 1970. `traceparent` is the job's.
    """
    receivers = _receivers(connection, event, workspace_id, webhook_url)
    if not receivers:
        return 0
    body = build_event(
        event,
        timestamp=datetime.fromtimestamp(now, UTC),
        status=status,
        sequence=documents.next_event(connection, document_id) if document_id is not None else 1,
        job_id=job_id,
        document_id=document_id,
        batch_id=batch_id,
        metadata=metadata,
        result_url=f"{settings.public_url}/v1/jobs/{job_id}/result" if job_id else None,
        metadata_url=f"{settings.public_url}/v1/jobs/{job_id}" if job_id else None,
    )
    for endpoint_id, url in receivers:
        delivery_id = new_id("dlv")
        deliveries.add_delivery(
            connection,
            id=delivery_id,
            workspace_id=workspace_id,
            endpoint_id=endpoint_id,
            document_id=document_id,
            url=url,
            event=event,
            event_id=event_id,
            body=body,
            receiver=endpoint_id or _host(workspace_id, url),
            traceparent=nearest(traceparent),
        )
        outbox.add_rings(connection, {delivery_id: "deliver"})
    return len(receivers)


def _host(workspace_id: str, url: str) -> str:
    """The receiver that an upload's URL is taken for: uploads may have a path each, and what is away is the host."""
    location = parse_url(url)
    named = f"{workspace_id} {location.scheme}://{location.authority}"
    return f"url_{hashlib.sha256(named.encode()).hexdigest()[:40]}"


def _receivers(
    connection: Connection, event: EventType, workspace_id: str, webhook_url: str | None
) -> list[tuple[str | None, str]]:
    """Endpoints that want the event, and their URLs; the upload's own URL first, which is of no endpoint."""
    own: list[tuple[str | None, str]] = [(None, webhook_url)] if webhook_url else []
    return own + [
        (endpoint.id, endpoint.url)
        for endpoint in endpoints.list_endpoints(connection, workspace_id)
        if endpoint.enabled and (not endpoint.events or event in endpoint.events)
    ]
