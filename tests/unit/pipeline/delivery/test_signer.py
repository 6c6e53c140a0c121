"""Signatures, judged by the independent `standardwebhooks` package and by the specification's own rules."""

import base64
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from pipeline.delivery.signer import new_secret, sign
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
        "whsk_" + base64.b64encode(bytes(32)).decode(),
    ],
)
def test_a_malformed_secret_is_refused_without_being_shown(secret):
    with pytest.raises(InvalidRequest) as caught:
        sign([secret], message_id="evt_1", timestamp=1, body=b"")
    assert len(secret) < 8 or secret not in caught.value.message


@pytest.mark.parametrize(("secrets", "message_id"), [([], "a"), ([new_secret()], "a.b"), ([new_secret()], "")])
def test_nothing_is_signed_without_a_secret_or_with_an_ambiguous_id(secrets, message_id):
    with pytest.raises(InvalidRequest):
        sign(secrets, message_id=message_id, timestamp=1, body=b"")
