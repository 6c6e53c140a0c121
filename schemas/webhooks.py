"""Webhooks: endpoints, deliveries, and the event a receiver gets."""

from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from schemas.json_values import Flag, Moment, Number

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
    """An endpoint just made, with what verifies what it gets; the secret is shown here and never again."""

    secret: str
    """`whsec_` and base64, as the Standard Webhooks libraries take it: verifies signatures `v1`."""
    public_key: str
    """`whpk_` and the base64 of an Ed25519 key: verifies signatures `v1a`, and needs not be kept secret."""


class EndpointChange(_Model):
    """`PATCH /v1/webhooks/{id}`."""

    enabled: Flag


class WebhookSecret(_Model):
    """What verifies deliveries."""

    secret: str
    """`whsec_` and base64, as the Standard Webhooks libraries take it: verifies signatures `v1`."""
    public_key: str | None
    """`whpk_` and the base64 of an Ed25519 key, for `v1a`; `None` where the secret is older than such keys are."""
    overlap_until: datetime | None
    """Until when deliveries are signed with the secret and key before these too; `None`: no more."""


class PublicKey(_Model):
    """What verifies the signatures `v1a` of an endpoint's deliveries."""

    public_key: str | None
    """`whpk_` and the base64 of an Ed25519 key; `None` where the secret is older than such keys are: rotate it."""
    overlap_until: datetime | None
    """Until when deliveries are signed with the key before this one too; `None`: no more."""


class SecretRotation(_Model):
    """`POST /v1/webhooks/{id}/rotate` and `POST /v1/webhooks/secret/rotate`."""

    overlap_seconds: Number = Field(default=86_400, ge=0, le=7 * 86_400)
    """How long the present secret and key sign too; 0 drops them at once, for when they have leaked."""


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


class Attempt(_Model):
    """One attempt at a delivery."""

    at: datetime
    status: int | None
    """The HTTP status; `None` where no answer came."""
    error: str | None
    """A short name of what went wrong before an answer came."""
    seconds: float


class DeliveryHistory(Delivery):
    """A delivery with all its attempts, those before a replay too."""

    history: list[Attempt]


class ReplayRequest(_Model):
    """`POST /v1/webhooks/deliveries/replay`: which failed deliveries to send again; all where nothing is said."""

    endpoint_id: str | None = Field(default=None, max_length=60)
    since: Moment | None = None
    """Made at this time or later."""
    until: Moment | None = None
    """Made before this time."""


class Replayed(_Model):
    """How many deliveries are sent again. Of very many each call takes a thousand: repeat it until this is 0."""

    replayed: int


class EventData(_Model):
    """What happened to which job; the result itself is fetched from `result_url`."""

    job_id: str | None
    document_id: str | None
    """`None` for events of a batch."""
    batch_id: str | None = None
    status: str
    sequence: int
    """Counts the events about one document upwards, so that a receiver can tell their order. Other events have 1."""
    metadata: dict[str, Any]
    """As given at the upload; empty, with a `note`, where it does not fit."""
    result_url: str | None
    note: str | None = None
    metadata_url: str | None = None
    """Where the metadata can be fetched that did not fit."""


class Event(_Model):
    """The body of a webhook."""

    type: EventType
    timestamp: datetime
    """When it happened, not when it was sent."""
    data: EventData
