"""Signs deliveries by the Standard Webhooks specification 1.0.0: `v1` (HMAC-SHA256) and `v1a` (Ed25519).

What is signed is `id.timestamp.body`, over the exact bytes that are sent. A secret is `whsec_` and the base64 of 24
to 64 bytes; a private Ed25519 key is `whsk_` and the base64 of its 32-byte seed, with or without the public key behind
it. Several secrets give several signatures, so that a secret can be changed while receivers still know the old one.
"""

import base64
import binascii
import hashlib
import hmac
import secrets as random_source
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import InvalidRequest


def new_secret() -> str:
    """A secret of 32 random bytes for `v1`."""
    return "whsec_" + base64.b64encode(random_source.token_bytes(32)).decode()


def new_private_key() -> str:
    """A private key for `v1a`."""
    return "whsk_" + base64.b64encode(random_source.token_bytes(32)).decode()


def public_key(private_key: str) -> str:
    """The `whpk_` key that receivers verify `v1a` signatures with.

    Raises:
        InvalidRequest: it is not a `whsk_` key.
    """
    return "whpk_" + base64.b64encode(_ed25519(private_key).public_key().public_bytes_raw()).decode()


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


def check_secret(secret: str) -> None:
    """Whether `sign` can use it.

    Raises:
        InvalidRequest: it cannot; the message says why and does not hold the secret.
    """
    _signature(secret, b"")


def _signature(secret: str, content: bytes) -> str:
    if secret.startswith("whsk_"):
        return "v1a," + base64.b64encode(_ed25519(secret).sign(content)).decode()
    key = _decode(secret, "whsec_")
    if not 24 <= len(key) <= 64:
        raise InvalidRequest("a webhook secret has 24 to 64 bytes")
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _ed25519(private_key: str) -> Ed25519PrivateKey:
    key = _decode(private_key, "whsk_")
    if len(key) not in (32, 64):
        raise InvalidRequest("a webhook private key has 32 bytes, or 64 with its public key")
    return Ed25519PrivateKey.from_private_bytes(key[:32])


def _decode(text: str, prefix: str) -> bytes:
    if not text.startswith(prefix):
        raise InvalidRequest(f"a webhook secret begins with {prefix}")
    try:
        return base64.b64decode(text.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"a webhook secret is {prefix} and base64") from error
