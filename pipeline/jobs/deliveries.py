"""Sending what the events left to be sent: claim, send, settle."""

import logging
from collections.abc import Sequence

from sqlalchemy import Connection

from pipeline.delivery.breaker import Breaker
from pipeline.delivery.keyring import Keyring
from pipeline.delivery.outcome import Outcome
from pipeline.delivery.schedule import Schedule
from pipeline.errors import SecretDamaged, SettingsError
from pipeline.services import Services
from pipeline.stores.records import deliveries, endpoints, outbox, receivers, workspaces
from pipeline.stores.records.deliveries import DeliveryRecord
from pipeline.stores.records.tables import current_time
from pipeline.tracing.attributes import Facts
from pipeline.tracing.context import parse
from pipeline.tracing.current import spanned, traceparent

log = logging.getLogger("sheaf.delivery")

LEASE_MARGIN_SECONDS = 30.0


def deliver_next(services: Services) -> bool:
    """Make one attempt at the delivery that has been due longest; whether there was one."""
    lease = services.settings.webhooks.timeout_seconds + LEASE_MARGIN_SECONDS
    with services.database.write() as connection:
        delivery = deliveries.claim_delivery(
            connection, lease_seconds=lease, parallel=services.settings.webhooks.parallel
        )
        if delivery is None:
            return False
        outbox.forget_rings(connection, [delivery.id])
        sealed, enabled = _secret(connection, delivery)
        moment = current_time(connection)
    if sealed is None:
        _give_up(services, delivery, "cancelled", "the endpoint was deleted")
        return True
    if not enabled:
        _give_up(services, delivery, "failed", "endpoint-off")
        return True
    try:
        secrets = Keyring.parse(services.secrets.unseal(sealed)).signing(moment)
    except (SecretDamaged, SettingsError) as error:
        log.warning("the secret of a webhook cannot be opened: %s", error, extra={"delivery": delivery.id})
        _give_up(services, delivery, "failed", error.name)
        return True
    _attempt(services, delivery, secrets)
    return True


def _attempt(services: Services, delivery: DeliveryRecord, secrets: Sequence[str]) -> None:
    """Send it once, and settle what came of it."""
    about: Facts = {
        "sheaf.workspace": delivery.workspace_id,
        "sheaf.document": delivery.document_id,
        "sheaf.delivery": delivery.id,
        "sheaf.event": delivery.event,
        "sheaf.attempt": delivery.attempts,
        "http.request.method": "POST",
    }
    above = parse(delivery.traceparent)
    with spanned(services.tracer, "webhook", "client", parent=above, facts=about) as span:
        outcome = services.sender.send(
            url=delivery.url,
            message_id=delivery.event_id,
            body=delivery.body,
            secrets=secrets,
            traceparent=traceparent(),
        )
        span.note({"http.response.status_code": outcome.status})
        if not outcome.delivered:
            span.fail(outcome.error or str(outcome.status), "delivery")
        span.note({"sheaf.status": _settle(services, delivery, outcome)})


def _give_up(services: Services, delivery: DeliveryRecord, status: str, reason: str) -> None:
    """End a delivery that no further attempt can help."""
    with services.database.write() as connection:
        deliveries.settle_delivery(
            connection, delivery, status=status, retry_in=None, last_status=None, last_error=reason
        )


def _secret(connection: Connection, delivery: DeliveryRecord) -> tuple[str | None, bool]:
    """The receiver's sealed keyring (the endpoint's own, or the workspace's for uploads), and whether it is on."""
    if delivery.endpoint_id is not None:
        endpoint = endpoints.get_endpoint(connection, delivery.workspace_id, delivery.endpoint_id)
        return (endpoint.secret, endpoint.enabled) if endpoint else (None, False)
    workspace = workspaces.get_workspace(connection, delivery.workspace_id)
    return (workspace.webhook_secret if workspace else None), True


def _settle(services: Services, delivery: DeliveryRecord, outcome: Outcome) -> str:
    """Write down how the attempt ended; the delivery's status from now on."""
    schedule = Schedule(max_attempts=services.settings.webhooks.max_attempts)
    decision = schedule.decide(delivery.attempts, outcome)
    status = "delivered" if outcome.delivered else "pending" if decision.retry_in is not None else "failed"
    with services.database.write() as connection:
        # Claims take the receiver first, too.
        receivers.lock_receiver(connection, delivery.receiver)
        settled = deliveries.settle_delivery(
            connection,
            delivery,
            status=status,
            retry_in=decision.retry_in,
            last_status=outcome.status,
            last_error=outcome.error,
        )
        if settled or deliveries.is_known(connection, delivery.id):
            receivers.add_attempt(
                connection, delivery.id, status=outcome.status, error=outcome.error, seconds=outcome.seconds
            )
        if settled and decision.retry_in is not None:
            outbox.add_rings(connection, {delivery.id: "deliver"}, after_seconds=decision.retry_in)
        if settled and decision.disable:
            _switch_off(connection, delivery, "the receiver answered 410 Gone")
        elif settled:
            _note_receiver(connection, services, delivery, outcome)
    level = logging.INFO if outcome.delivered else logging.WARNING
    log.log(
        level,
        "webhook %s: %s",
        status,
        outcome.status or outcome.error,
        extra={
            "delivery": delivery.id,
            "document": delivery.document_id,
            "workspace": delivery.workspace_id,
            "attempt": delivery.attempts,
        },
    )
    return status


def _note_receiver(connection: Connection, services: Services, delivery: DeliveryRecord, outcome: Outcome) -> None:
    """What the attempt says about the receiver: it is well, is left alone for a while, or is given up."""
    if outcome.delivered:
        receivers.note_success(connection, delivery.receiver)
        return
    breaker = Breaker(give_up_seconds=services.settings.webhooks.give_up_hours * 3600.0)
    failures, failing_seconds = receivers.note_failure(connection, delivery.receiver)
    pause = breaker.pause(failures, outcome)
    if pause is not None:
        receivers.leave_alone(connection, delivery.receiver, pause)
        log.warning("receiver left alone for %.0f s", pause, extra={"receiver": delivery.receiver})
    if breaker.gives_up(failures, failing_seconds):
        _switch_off(connection, delivery, f"nothing but failures for {failing_seconds / 3600:.0f} hours")
        deliveries.fail_pending(connection, delivery.receiver, reason="receiver-failing")


def _switch_off(connection: Connection, delivery: DeliveryRecord, reason: str) -> None:
    if delivery.endpoint_id is not None:
        endpoints.set_enabled(connection, delivery.endpoint_id, enabled=False, reason=reason)
