"""Signs deliveries by the Standard Webhooks specification 1.0.0, `v1` (HMAC-SHA256).

What is signed is `id.timestamp.body`, over the exact bytes that are sent. A secret is `whsec_` and the base64 of 24
to 64 bytes. Several secrets give several signatures, so that a secret can be changed while receivers still know the old
one.
"""

import base64
import binascii
import hashlib
import hmac
import secrets as random_source
from collections.abc import Sequence

from pipeline.errors import InvalidRequest

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(random_source.token_bytes(32)).decode()


def sign(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of one attempt; `timestamp` is the attempt's, in seconds since 1970.

    Raises:
        InvalidRequest: a secret is malformed, there is none, or the id holds a dot, which would make the text that
            is signed ambiguous.
    """
    if not secrets or not message_id or "." in message_id:
        raise InvalidRequest("a delivery needs a secret and an id without a dot")
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = _decode(secret)
    if not 24 <= len(key) <= 64:
        raise InvalidRequest("a webhook secret has 24 to 64 bytes")
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _decode(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        raise InvalidRequest(f"a webhook secret begins with {PREFIX}")
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"a webhook secret is {PREFIX} and base64") from error
