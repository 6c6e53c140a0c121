"""Webhook endpoints of a workspace: made with a keyring of their own, switched, and removed."""

from dataclasses import dataclass, field

from pipeline.delivery.guard import check_url
from pipeline.delivery.keyring import Keyring
from pipeline.errors import NotFound
from pipeline.services import Services
from pipeline.stores.records import audit, endpoints, receivers
from pipeline.stores.records.endpoints import EndpointRecord
from pipeline.stores.records.tables import new_id
from schemas.webhooks import EventType


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEndpoint:
    """An endpoint just made, and what signs for it; the secret is not shown again."""

    record: EndpointRecord
    keyring: Keyring = field(repr=False)


def create_endpoint(
    services: Services, url: str, events: list[EventType], *, workspace_id: str, actor: str
) -> NewEndpoint:
    """A new endpoint; no `events` means all of them.

    Raises:
        InvalidWebhookUrl: events may not be sent there.
    """
    check_url(url, services.settings.webhooks)
    endpoint_id, keyring = new_id("whk"), Keyring.new()
    with services.database.write(durable=True) as connection:
        endpoints.add_endpoint(
            connection,
            id=endpoint_id,
            workspace_id=workspace_id,
            url=url,
            events=list(events),
            secret=services.secrets.seal(keyring.text),
        )
        audit.add_event(
            connection, workspace_id=workspace_id, actor=actor, action="webhook.created", object_id=endpoint_id
        )
        record = endpoints.get_endpoint(connection, workspace_id, endpoint_id)
    assert record is not None
    return NewEndpoint(record=record, keyring=keyring)


def list_endpoints(services: Services, *, workspace_id: str) -> list[EndpointRecord]:
    """The workspace's endpoints, oldest first."""
    with services.database.read() as connection:
        return endpoints.list_endpoints(connection, workspace_id)


def get_endpoint(services: Services, endpoint_id: str, *, workspace_id: str) -> EndpointRecord:
    """One endpoint.

    Raises:
        NotFound: the workspace has none of that id.
    """
    with services.database.read() as connection:
        found = endpoints.get_endpoint(connection, workspace_id, endpoint_id)
    if found is None:
        raise _missing(endpoint_id)
    return found


def switch_endpoint(
    services: Services, endpoint_id: str, *, enabled: bool, workspace_id: str, actor: str
) -> EndpointRecord:
    """Send events there, or no more.

    Raises:
        NotFound: the workspace has none of that id.
    """
    with services.database.write() as connection:
        if endpoints.get_endpoint(connection, workspace_id, endpoint_id) is None:
            raise _missing(endpoint_id)
        reason = None if enabled else "switched off by a caller"
        endpoints.set_enabled(connection, endpoint_id, enabled=enabled, reason=reason)
        if enabled:
            receivers.note_success(connection, endpoint_id)  # whoever switches it on has seen to it
        action = "webhook.enabled" if enabled else "webhook.disabled"
        audit.add_event(connection, workspace_id=workspace_id, actor=actor, action=action, object_id=endpoint_id)
    return get_endpoint(services, endpoint_id, workspace_id=workspace_id)


def remove_endpoint(services: Services, endpoint_id: str, *, workspace_id: str, actor: str) -> None:
    """Forget the endpoint; what was still to be sent there is not sent.

    Raises:
        NotFound: the workspace has none of that id.
    """
    with services.database.write() as connection:
        if not endpoints.delete_endpoint(connection, workspace_id, endpoint_id):
            raise _missing(endpoint_id)
        audit.add_event(
            connection, workspace_id=workspace_id, actor=actor, action="webhook.deleted", object_id=endpoint_id
        )


def _missing(endpoint_id: str) -> NotFound:
    return NotFound(f"there is no webhook {endpoint_id[:60]}", id=endpoint_id[:60])
