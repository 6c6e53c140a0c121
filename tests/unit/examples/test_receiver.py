import time

import pytest
from standardwebhooks.webhooks import Webhook

from examples.demo.receiver import NotVerified, verify
from pipeline.delivery.signer import new_secret, sign

BODY = b'{"data": {"job_id": "j"}}'


def signed(secret: str, at: float) -> dict[str, str]:
    return sign([secret], message_id="msg_1", timestamp=int(at), body=BODY)


def test_a_delivery_of_the_service_is_believed() -> None:
    secret, now = new_secret(), time.time()
    verify(secret, signed(secret, now), BODY, now=now)


def test_it_agrees_with_the_library_of_the_specification() -> None:
    secret, now = new_secret(), time.time()
    headers = signed(secret, now)
    Webhook(secret).verify(BODY, headers)
    verify(secret, headers, BODY, now=now)


def test_one_fitting_signature_of_several_is_enough() -> None:
    secret, now = new_secret(), time.time()
    headers = sign([new_secret(), secret], message_id="msg_1", timestamp=int(now), body=BODY)
    verify(secret, headers, BODY, now=now)


@pytest.mark.parametrize("changed", ["body", "secret", "id", "timestamp", "signature"])
def test_a_changed_delivery_is_not_believed(changed: str) -> None:
    secret, now = new_secret(), 1_790_000_000.0
    headers, body = signed(secret, now), BODY
    if changed == "body":
        body = BODY.replace(b"j", b"k")
    elif changed == "secret":
        secret = new_secret()
    elif changed == "timestamp":
        headers["webhook-timestamp"] = str(int(now) + 1)
    else:
        headers[f"webhook-{changed}"] = "x"
    with pytest.raises(NotVerified):
        verify(secret, headers, body, now=now)


@pytest.mark.parametrize("age", [-301, 301])
def test_an_old_or_future_delivery_is_not_believed(age: int) -> None:
    secret = new_secret()
    with pytest.raises(NotVerified, match="timestamp"):
        verify(secret, signed(secret, 1_790_000_000 - age), BODY, now=1_790_000_000)


def test_a_delivery_without_headers_is_not_believed() -> None:
    with pytest.raises(NotVerified):
        verify(new_secret(), {}, BODY, now=time.time())
