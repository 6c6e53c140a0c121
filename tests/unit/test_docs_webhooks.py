"""What `docs/webhooks.md` says is what the sender does, and its code verifies what the sender signs."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from pipeline.delivery.events import MAX_BYTES
from pipeline.delivery.keyring import Keyring
from pipeline.delivery.schedule import DELAYS
from pipeline.delivery.signer import new_secret, sign
from pipeline.settings import Webhooks
from schemas.webhooks import EVENT_TYPES

TEXT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"type":"job.succeeded","data":{"metadata":{"who":"Grüße"}}}'.encode()


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """What the page's Python blocks define."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, "docs/webhooks.md", "exec"), names)
    return names


@pytest.fixture(params=["verified", "verified_by_hand"])
def verify(request: pytest.FixtureRequest, shown: dict[str, Any]) -> Callable[..., Any]:
    function: Callable[..., Any] = shown[request.param]
    return function


def test_the_code_shown_verifies_a_real_delivery(verify: Callable[..., Any]) -> None:
    secret = new_secret()
    headers = sign([new_secret(), secret], message_id="evt_1", timestamp=int(time.time()), body=BODY)
    assert verify(secret, BODY, headers)["data"]["metadata"] == {"who": "Grüße"}


def test_the_code_shown_verifies_with_the_public_key_whichever_pair_it_is_of(shown: dict[str, Any]) -> None:
    old = Keyring.new()
    changed = old.rotated(0.0, 60.0)
    headers = sign(changed.signing(1.0), message_id="evt_1", timestamp=int(time.time()), body=BODY)
    for keyring in (changed, old):
        assert shown["verified_by_key"](keyring.public_key, BODY, headers)["type"] == "job.succeeded"
    for keyring, body in ((changed, BODY + b" "), (Keyring.new(), BODY)):
        with pytest.raises(ValueError, match="not ours"):
            shown["verified_by_key"](keyring.public_key, body, headers)


def test_the_code_shown_refuses_what_is_forged_or_old(verify: Callable[..., Any]) -> None:
    secret = new_secret()
    now = int(time.time())
    headers = sign([secret], message_id="evt_1", timestamp=now, body=BODY)
    old = sign([secret], message_id="evt_1", timestamp=now - 3600, body=BODY)
    for body, given in ((BODY + b" ", headers), (BODY, {**headers, "webhook-id": "evt_2"}), (BODY, old)):
        with pytest.raises((WebhookVerificationError, ValueError)):
            verify(secret, body, given)
    with pytest.raises((WebhookVerificationError, ValueError)):
        verify(new_secret(), BODY, headers)


def test_every_event_has_its_line() -> None:
    assert [event for event in EVENT_TYPES if f"| `{event}` |" not in TEXT] == []


def test_the_attempts_are_those_of_the_schedule() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    (sentence,) = re.findall(r"at once, then after (.*?), each", TEXT, re.DOTALL)
    told = [float(number) * units[unit] for number, unit in re.findall(r"(\d+)\s+(s|min|h)\b", sentence)]
    assert (0.0, *told) == DELAYS
    assert sum(DELAYS) // 3600 == 75
    assert len(DELAYS) == Webhooks().max_attempts == 10


def test_the_defaults_are_those_of_the_settings() -> None:
    assert f"{Webhooks().timeout_seconds:g} seconds" in TEXT
    assert "80, 443, 8080 and 8443" in TEXT
    assert Webhooks().ports == [80, 443, 8080, 8443]
    assert MAX_BYTES <= 20_480
