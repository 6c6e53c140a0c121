"""Looking up names within a time; only names that need no network are asked."""

import threading

import pytest

from pipeline.delivery.resolver import lookup, numeric
from pipeline.errors import DeliveryError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1"])
def test_a_number_in_any_notation_is_an_address(host):
    assert numeric(host, 80) == lookup(host, 80, 5) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["localhost", "example.com", "1.2.3.4.5", "256.1.1.1", "a" * 300, "a..b", ""])
def test_a_name_is_not_a_number(host):
    assert numeric(host, 80) == []


def test_a_name_that_cannot_exist_is_a_delivery_error():
    with pytest.raises(DeliveryError, match="cannot be resolved"):
        lookup("a" * 64 + ".invalid", 80, 5)


def test_no_answer_in_time_is_a_delivery_error():
    release = threading.Event()
    with pytest.raises(DeliveryError, match="in time"):
        lookup("slow.example", 80, 0.01, ask=lambda host, port: [str(release.wait(10))])
    release.set()
