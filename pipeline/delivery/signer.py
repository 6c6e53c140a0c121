"""Signs deliveries by the Standard Webhooks specification 1.0.0: `v1` (HMAC-SHA256) and `v1a` (Ed25519).

What is signed is `id.timestamp.body`, over the exact bytes that are sent. A secret is `whsec_` and the base64 of 24
to 64 bytes; a private key is `whsk_` and the base64 of 32, its public key `whpk_` and the base64 of 32. Each secret and
each key gives a signature, so that one can be changed while receivers still know the old one.
"""

import base64
import binascii
import hashlib
import hmac
import secrets as random_source
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import InvalidRequest

SECRET_PREFIX = "whsec_"  # noqa: S105 - what secrets begin with is public
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"
KEY_BYTES = 32  # RFC 8032 section 5.1.5


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return SECRET_PREFIX + base64.b64encode(random_source.token_bytes(32)).decode()


def new_private_key() -> str:
    """A random Ed25519 key."""
    return PRIVATE_PREFIX + base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key(private_key: str) -> str:
    """What a receiver verifies the key's signatures with; it cannot sign.

    Raises:
        InvalidRequest: the private key is malformed.
    """
    return PUBLIC_PREFIX + base64.b64encode(_private(private_key).public_key().public_bytes_raw()).decode()


def sign(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of one attempt, with a signature of each secret and private key.

    `timestamp` is the attempt's, in seconds since 1970.

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
    if secret.startswith(PRIVATE_PREFIX):
        return "v1a," + base64.b64encode(_private(secret).sign(content)).decode()
    key = _decode(secret, SECRET_PREFIX)
    if not 24 <= len(key) <= 64:
        raise InvalidRequest("a webhook secret has 24 to 64 bytes")
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _private(text: str) -> Ed25519PrivateKey:
    key = _decode(text, PRIVATE_PREFIX)
    if len(key) != KEY_BYTES:
        raise InvalidRequest(f"a webhook's private key has {KEY_BYTES} bytes")
    return Ed25519PrivateKey.from_private_bytes(key)


def _decode(secret: str, prefix: str) -> bytes:
    if not secret.startswith(prefix):
        raise InvalidRequest(f"a webhook secret begins with {prefix}")
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"a webhook secret is {prefix} and base64") from error
