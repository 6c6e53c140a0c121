"""Webhooks: endpoints, deliveries, and the event a receiver gets."""

from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

EventType = Literal["job.succeeded", "job.partial", "job.failed", "job.cancelled", "document.deleted", "batch.finished"]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

DeliveryStatus = Literal["pending", "sending", "delivered", "failed", "cancelled"]
"""`failed`: no attempt is left; `cancelled`: the endpoint or the document is gone. A failed one can be replayed."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EndpointRequest(_Model):
    """`POST /v1/webhooks`."""

    url: str = Field(min_length=1, max_length=2_048)
    events: list[EventType] | None = Field(default=None, min_length=1)
    """`None`: all of them, and those of later versions."""


class WebhookEndpoint(_Model):
    """A receiver of a workspace's events."""

    id: str
    url: str
    events: list[EventType] | None
    """`None`: all of them."""
    enabled: bool
    created_at: datetime
    disabled_reason: str | None
    """Why it was switched off; `None` while it is enabled."""


class NewWebhookEndpoint(WebhookEndpoint):
    """An endpoint just made, with the secret that signs what it gets; the secret is shown here and never again."""

    secret: str
    """`whsec_` and base64, as the Standard Webhooks libraries take it."""


class EndpointChange(_Model):
    """`PATCH /v1/webhooks/{id}`."""

    enabled: bool


class WebhookSecret(_Model):
    """The secret that signs deliveries, as the Standard Webhooks libraries take it: `whsec_` and base64."""

    secret: str


class Delivery(_Model):
    """One event on its way to one receiver."""

    id: str
    event_id: str
    """The header `webhook-id`: the same at every attempt and replay."""
    endpoint_id: str | None
    """`None` for the `webhook_url` of one upload."""
    url: str
    event: EventType
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    last_status: int | None
    """The HTTP status of the last attempt; `None` where no answer came."""
    last_error: str | None
    """A short name of what went wrong: `timeout`, `connection-refused`, `tls-certificate`, …"""
    created_at: datetime
    delivered_at: datetime | None


class EventData(_Model):
    """What happened to which job; the result itself is fetched from `result_url`."""

    job_id: str | None
    document_id: str | None
    """`None` for events of a batch."""
    batch_id: str | None = None
    status: str
    sequence: int
    """Counts the ends of one job upwards: a job that was retried ends more than once. Other events have 1."""
    metadata: dict[str, Any]
    """As given at the upload; empty, with a `note`, where it does not fit."""
    result_url: str | None
    note: str | None = None


class Event(_Model):
    """The body of a webhook."""

    type: EventType
    timestamp: datetime
    """When it happened, not when it was sent."""
    data: EventData
