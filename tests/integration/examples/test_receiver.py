import time

import httpx
import pytest

from examples.demo.receiver import Receiver
from pipeline.delivery.signer import new_secret, sign

BODY = b'{"type": "job.succeeded", "data": {"job_id": "job_1"}}'


@pytest.fixture
def receiver():
    with Receiver() as running:
        running.secret = new_secret()
        yield running


def deliver(receiver: Receiver, secret: str) -> int:
    headers = sign([secret], message_id="msg_1", timestamp=int(time.time()), body=BODY)
    return httpx.post(receiver.url, content=BODY, headers=headers, trust_env=False).status_code


def test_a_verified_event_is_kept_and_answered_with_success(receiver: Receiver) -> None:
    assert deliver(receiver, receiver.secret) == 204
    event = receiver.wait_for("job_1", 1)
    assert event is not None
    assert event["type"] == "job.succeeded"


def test_a_delivery_signed_by_somebody_else_is_refused(receiver: Receiver) -> None:
    assert deliver(receiver, new_secret()) == 401
    assert receiver.wait_for("job_1", 0) is None
    assert len(receiver.refused) == 1


def test_an_event_that_comes_twice_is_kept_once(receiver: Receiver) -> None:
    deliver(receiver, receiver.secret)
    first = receiver.wait_for("job_1", 1)
    deliver(receiver, receiver.secret)
    assert receiver.wait_for("job_1", 1) == first
