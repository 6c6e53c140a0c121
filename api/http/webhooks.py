"""Routes about webhooks: endpoints, the workspace's secret, deliveries and their replay."""

from typing import cast

from fastapi import Response

from api.http import cursors
from api.http.access import Admin, ServicesHere
from api.http.cursors import Cursor, Limit
from api.http.routing import make_router
from pipeline.access import signing
from pipeline.access.signing import ShownKeyring
from pipeline.delivery import endpoints
from pipeline.jobs import delivery_history
from pipeline.jobs.delivery_history import Wanted
from pipeline.jobs.views import moment, optional_moment
from pipeline.stores.records.deliveries import DeliveryRecord
from pipeline.stores.records.endpoints import EndpointRecord
from schemas.lists import Listing
from schemas.webhooks import (
    Attempt,
    Delivery,
    DeliveryHistory,
    DeliveryStatus,
    EndpointChange,
    EndpointRequest,
    EventType,
    NewWebhookEndpoint,
    PublicKey,
    Replayed,
    ReplayRequest,
    SecretRotation,
    WebhookEndpoint,
    WebhookSecret,
)

router = make_router("webhooks")


@router.post("/webhooks", status_code=201)
def create_webhook(
    wanted: EndpointRequest, response: Response, services: ServicesHere, caller: Admin
) -> NewWebhookEndpoint:
    """Send the workspace's events to a URL. The answer holds the secret that signs them, once."""
    made = endpoints.create_endpoint(
        services, wanted.url, wanted.events or [], workspace_id=caller.workspace_id, actor=caller.actor
    )
    response.headers["Location"] = f"/v1/webhooks/{made.record.id}"
    present = made.keyring.present
    assert made.keyring.public_key is not None
    return NewWebhookEndpoint(
        **_endpoint(made.record).model_dump(), secret=present.secret, public_key=made.keyring.public_key
    )


@router.get("/webhooks")
def list_webhooks(services: ServicesHere, caller: Admin) -> Listing[WebhookEndpoint]:
    """All endpoints, oldest first."""
    found = endpoints.list_endpoints(services, workspace_id=caller.workspace_id)
    return Listing(items=[_endpoint(record) for record in found])


@router.get("/webhooks/secret")
def get_workspace_secret(services: ServicesHere, caller: Admin) -> WebhookSecret:
    """What verifies deliveries to the `webhook_url` of an upload."""
    return _secret(signing.show_keyring(services, workspace_id=caller.workspace_id))


@router.post("/webhooks/secret/rotate")
def rotate_workspace_secret(wanted: SecretRotation, services: ServicesHere, caller: Admin) -> WebhookSecret:
    """Sign deliveries to the `webhook_url` of uploads with a new secret and key, and for a while the old ones too."""
    return _secret(
        signing.rotate_keyring(
            services,
            workspace_id=caller.workspace_id,
            overlap_seconds=wanted.overlap_seconds,
            actor=caller.actor,
        )
    )


@router.get("/webhooks/deliveries")
def list_deliveries(
    *,
    services: ServicesHere,
    caller: Admin,
    status: DeliveryStatus | None = None,
    endpoint_id: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[Delivery]:
    """What was sent, or is still to be sent, newest first."""
    after = cursors.decode_time_and_id(cursor)
    wanted = Wanted(status=status, endpoint_id=endpoint_id)
    found, following = delivery_history.list_deliveries(
        services, workspace_id=caller.workspace_id, wanted=wanted, after=after, limit=limit
    )
    return Listing(
        items=[_delivery(record) for record in found], next_cursor=cursors.encode(*following) if following else None
    )


@router.post("/webhooks/deliveries/replay", status_code=202)
def replay_deliveries(wanted: ReplayRequest, services: ServicesHere, caller: Admin) -> Replayed:
    """Send failed deliveries again, each with the same `webhook-id`."""
    chosen = Wanted(
        endpoint_id=wanted.endpoint_id,
        since=wanted.since.timestamp() if wanted.since else None,
        until=wanted.until.timestamp() if wanted.until else None,
    )
    return Replayed(
        replayed=delivery_history.replay_failed(services, chosen, workspace_id=caller.workspace_id, actor=caller.actor)
    )


@router.get("/webhooks/deliveries/{delivery_id}")
def get_delivery(delivery_id: str, services: ServicesHere, caller: Admin) -> DeliveryHistory:
    """A delivery, and how each attempt at it ended."""
    record, attempts = delivery_history.show_delivery(services, delivery_id, workspace_id=caller.workspace_id)
    history = [
        Attempt(at=moment(each.at), status=each.status, error=each.error, seconds=round(each.seconds, 3))
        for each in attempts
    ]
    return DeliveryHistory(**_delivery(record).model_dump(), history=history)


@router.post("/webhooks/deliveries/{delivery_id}/replay", status_code=202)
def replay_delivery(delivery_id: str, services: ServicesHere, caller: Admin) -> Delivery:
    """Send a delivery again, with the same `webhook-id`."""
    record = delivery_history.replay(services, delivery_id, workspace_id=caller.workspace_id, actor=caller.actor)
    return _delivery(record)


@router.get("/webhooks/{webhook_id}")
def get_webhook(webhook_id: str, services: ServicesHere, caller: Admin) -> WebhookEndpoint:
    """One endpoint."""
    return _endpoint(endpoints.get_endpoint(services, webhook_id, workspace_id=caller.workspace_id))


@router.get("/webhooks/{webhook_id}/key")
def get_webhook_key(webhook_id: str, services: ServicesHere, caller: Admin) -> PublicKey:
    """The public key that verifies an endpoint's deliveries."""
    shown = signing.show_keyring(services, workspace_id=caller.workspace_id, endpoint_id=webhook_id)
    return PublicKey(public_key=shown.keyring.public_key, overlap_until=optional_moment(shown.overlap_until))


@router.post("/webhooks/{webhook_id}/rotate")
def rotate_webhook_secret(
    webhook_id: str, wanted: SecretRotation, services: ServicesHere, caller: Admin
) -> WebhookSecret:
    """Sign an endpoint's deliveries with a new secret and key, and for a while with the old ones too."""
    return _secret(
        signing.rotate_keyring(
            services,
            workspace_id=caller.workspace_id,
            endpoint_id=webhook_id,
            overlap_seconds=wanted.overlap_seconds,
            actor=caller.actor,
        )
    )


@router.patch("/webhooks/{webhook_id}")
def change_webhook(webhook_id: str, wanted: EndpointChange, services: ServicesHere, caller: Admin) -> WebhookEndpoint:
    """Switch an endpoint on or off."""
    record = endpoints.switch_endpoint(
        services, webhook_id, enabled=wanted.enabled, workspace_id=caller.workspace_id, actor=caller.actor
    )
    return _endpoint(record)


@router.delete("/webhooks/{webhook_id}", status_code=204)
def delete_webhook(webhook_id: str, services: ServicesHere, caller: Admin) -> None:
    """Remove an endpoint; what was still to be sent to it is not sent."""
    endpoints.remove_endpoint(services, webhook_id, workspace_id=caller.workspace_id, actor=caller.actor)


def _secret(shown: ShownKeyring) -> WebhookSecret:
    return WebhookSecret(
        secret=shown.keyring.present.secret,
        public_key=shown.keyring.public_key,
        overlap_until=optional_moment(shown.overlap_until),
    )


def _endpoint(record: EndpointRecord) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=record.id,
        url=record.url,
        events=cast("list[EventType]", record.events) or None,
        enabled=record.enabled,
        created_at=moment(record.created_at),
        disabled_reason=record.disabled_reason,
    )


def _delivery(record: DeliveryRecord) -> Delivery:
    return Delivery(
        id=record.id,
        event_id=record.event_id,
        endpoint_id=record.endpoint_id,
        url=record.url,
        event=cast("EventType", record.event),
        status=cast("DeliveryStatus", record.status),
        attempts=record.attempts,
        next_attempt_at=moment(record.next_attempt_at or record.created_at) if record.status == "pending" else None,
        last_status=record.last_status,
        last_error=record.last_error,
        created_at=moment(record.created_at),
        delivered_at=optional_moment(record.delivered_at),
    )
