"""Sending what the events left to be sent: claim, send, settle."""

import logging

from sqlalchemy import Connection

from pipeline.delivery.keyring import Keyring
from pipeline.delivery.outcome import Outcome
from pipeline.delivery.schedule import Schedule
from pipeline.errors import ConflictError, NotFound, SecretDamaged, SettingsError
from pipeline.jobs.views import Place
from pipeline.services import Services
from pipeline.stores.records import audit, outbox, webhooks, workspaces
from pipeline.stores.records.tables import current_time
from pipeline.stores.records.webhooks import DeliveryRecord

log = logging.getLogger("sheaf.delivery")

LEASE_MARGIN_SECONDS = 30.0


def deliver_next(services: Services) -> bool:
    """Make one attempt at the delivery that has been due longest; whether there was one."""
    lease = services.settings.webhooks.timeout_seconds + LEASE_MARGIN_SECONDS
    with services.database.write() as connection:
        delivery = webhooks.claim_delivery(connection, lease_seconds=lease)
        if delivery is None:
            return False
        outbox.forget_rings(connection, [delivery.id])
        sealed = _secret(connection, delivery)
        moment = current_time(connection)
    if sealed is None:
        _give_up(services, delivery, "cancelled", "the endpoint was deleted or switched off")
        return True
    try:
        secrets = Keyring.parse(services.secrets.unseal(sealed)).signing(moment)
    except (SecretDamaged, SettingsError) as error:
        log.warning("the secret of a webhook cannot be opened: %s", error, extra={"delivery": delivery.id})
        _give_up(services, delivery, "failed", error.name)
        return True
    outcome = services.sender.send(url=delivery.url, message_id=delivery.event_id, body=delivery.body, secrets=secrets)
    _settle(services, delivery, outcome)
    return True


def _give_up(services: Services, delivery: DeliveryRecord, status: str, reason: str) -> None:
    """End a delivery that no further attempt can help."""
    with services.database.write() as connection:
        webhooks.settle_delivery(
            connection, delivery, status=status, retry_in=None, last_status=None, last_error=reason
        )


def _secret(connection: Connection, delivery: DeliveryRecord) -> str | None:
    """The receiver's sealed keyring: the endpoint's own, or the workspace's for the `webhook_url` of an upload."""
    if delivery.endpoint_id is not None:
        endpoint = webhooks.get_endpoint(connection, delivery.workspace_id, delivery.endpoint_id)
        return endpoint.secret if endpoint and endpoint.enabled else None
    workspace = workspaces.get_workspace(connection, delivery.workspace_id)
    return workspace.webhook_secret if workspace else None


def _settle(services: Services, delivery: DeliveryRecord, outcome: Outcome) -> None:
    schedule = Schedule(max_attempts=services.settings.webhooks.max_attempts)
    decision = schedule.decide(delivery.attempts, outcome)
    status = "delivered" if outcome.delivered else "pending" if decision.retry_in is not None else "failed"
    with services.database.write() as connection:
        settled = webhooks.settle_delivery(
            connection,
            delivery,
            status=status,
            retry_in=decision.retry_in,
            last_status=outcome.status,
            last_error=outcome.error,
        )
        if settled and decision.retry_in is not None:
            outbox.add_rings(connection, {delivery.id: "deliver"}, after_seconds=decision.retry_in)
        if settled and decision.disable and delivery.endpoint_id is not None:
            webhooks.set_enabled(
                connection, delivery.endpoint_id, enabled=False, reason="the receiver answered 410 Gone"
            )
    level = logging.INFO if outcome.delivered else logging.WARNING
    log.log(
        level,
        "webhook %s: %s",
        status,
        outcome.status or outcome.error,
        extra={"delivery": delivery.id, "attempt": delivery.attempts},
    )


def list_deliveries(
    services: Services, *, workspace_id: str, status: str | None, after: Place | None, limit: int
) -> tuple[list[DeliveryRecord], Place | None]:
    """Newest first, and where the next page begins."""
    with services.database.read() as connection:
        found = webhooks.list_deliveries(connection, workspace_id, status=status, after=after, limit=limit + 1)
    shown, more = found[:limit], len(found) > limit
    return shown, (shown[-1].created_at, shown[-1].id) if more else None


def replay(services: Services, delivery_id: str, *, workspace_id: str, actor: str) -> DeliveryRecord:
    """Send a delivery again, with the same webhook-id and all attempts before it; the delivery as it is then.

    Raises:
        NotFound: the workspace has no such delivery.
        ConflictError: it is still being delivered, or its endpoint or document is gone.
    """
    with services.database.write() as connection:
        delivery = webhooks.get_delivery(connection, workspace_id, delivery_id)
        if delivery is None:
            raise NotFound(f"there is no delivery {delivery_id[:60]}", id=delivery_id[:60])
        if delivery.status not in {"delivered", "failed"}:
            raise ConflictError(f"the delivery is {delivery.status}", delivery_status=delivery.status)
        gone = delivery.endpoint_id is not None and _secret(connection, delivery) is None
        if gone or delivery.body == webhooks.DROPPED:
            raise ConflictError("the delivery's endpoint or document is gone", delivery_status=delivery.status)
        webhooks.replay_delivery(connection, delivery_id)
        outbox.add_rings(connection, {delivery_id: "deliver"})
        audit.add_event(
            connection, workspace_id=workspace_id, actor=actor, action="delivery.replayed", object_id=delivery_id
        )
        replayed = webhooks.get_delivery(connection, workspace_id, delivery_id)
    assert replayed is not None
    services.doorbell.ring("deliver")
    return replayed
