"""Signatures, judged by the independent `standardwebhooks` package and by the specification's own rules."""

import base64
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from pipeline.delivery.signer import new_private_key, new_secret, public_key, sign
from pipeline.errors import InvalidRequest

BODY = '{"type":"job.succeeded","note":"Grüße, 東京"}'.encode()


def now() -> int:
    return int(time.time())


def test_the_reference_library_verifies_a_signature():
    secret = new_secret()
    headers = sign([secret], message_id="evt_1", timestamp=now(), body=BODY)
    assert Webhook(secret).verify(BODY, headers)["type"] == "job.succeeded"


def test_while_a_secret_is_changed_both_the_old_and_the_new_one_verify():
    old, new = new_secret(), new_secret()
    headers = sign([new, old], message_id="evt_1", timestamp=now(), body=BODY)
    assert Webhook(old).verify(BODY, headers) == Webhook(new).verify(BODY, headers)
    assert len(headers["webhook-signature"].split(" ")) == 2


@pytest.mark.parametrize(
    ("changed", "body"),
    [({"webhook-id": "evt_2"}, BODY), ({"webhook-timestamp": str(now() - 7)}, BODY), ({}, BODY + b" ")],
    ids=["id", "timestamp", "body"],
)
def test_a_change_of_any_signed_part_breaks_the_signature(changed, body):
    secret = new_secret()
    headers = sign([secret], message_id="evt_1", timestamp=now(), body=BODY) | changed
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_secrets_are_random_and_of_the_length_that_the_specification_allows():
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in secrets} == {32}


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_of_24_to_64_bytes_is_taken(size):
    secret = "whsec_" + base64.b64encode(bytes(size)).decode()
    assert Webhook(secret).verify(BODY, sign([secret], message_id="evt_1", timestamp=now(), body=BODY))


@pytest.mark.parametrize(
    "secret",
    [
        *("", "whsec_", "secret", "whsec_%%%%", "whsec_QQ", "whsec_ü"),
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
    ],
)
def test_a_malformed_secret_is_refused_without_being_shown(secret):
    with pytest.raises(InvalidRequest) as caught:
        sign([secret], message_id="evt_1", timestamp=1, body=b"")
    assert len(secret) < 8 or secret not in caught.value.message


def ed25519(private_key: str) -> Ed25519PublicKey:
    """What a receiver makes of the public key."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key(private_key).removeprefix("whpk_")))


def test_a_public_key_verifies_what_its_private_key_signed_and_nothing_else():
    key, other = new_private_key(), new_private_key()
    headers = sign([key], message_id="evt_1", timestamp=1_800_000_000, body=BODY)
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    ed25519(key).verify(base64.b64decode(signature), b"evt_1.1800000000." + BODY)
    for verifier, content in (
        (ed25519(key), b"evt_2.1800000000." + BODY),
        (ed25519(other), b"evt_1.1800000000." + BODY),
    ):
        with pytest.raises(InvalidSignature):
            verifier.verify(base64.b64decode(signature), content)


def test_the_public_key_is_the_one_of_the_standards_test_vector():
    """RFC 8032 section 7.1, test 1."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    expected = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert public_key("whsk_" + base64.b64encode(seed).decode()) == "whpk_" + base64.b64encode(expected).decode()


@pytest.mark.parametrize("key", ["whsk_", "whsk_%%", "whsk_" + base64.b64encode(bytes(64)).decode()])
def test_a_malformed_private_key_is_refused_without_being_shown(key):
    with pytest.raises(InvalidRequest) as caught:
        sign([key], message_id="evt_1", timestamp=1, body=b"")
    assert len(key) < 8 or key not in caught.value.message


@pytest.mark.parametrize(("secrets", "message_id"), [([], "a"), ([new_secret()], "a.b"), ([new_secret()], "")])
def test_nothing_is_signed_without_a_secret_or_with_an_ambiguous_id(secrets, message_id):
    with pytest.raises(InvalidRequest):
        sign(secrets, message_id=message_id, timestamp=1, body=b"")
