"""What is said where no answer comes."""

import httpx
import pytest

from api.client import Client, RequestFailed


def _failing(message: str) -> Client:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(message, request=request)

    client = Client("https://sheaf.example.org", "key")
    client._http = httpx.Client(base_url=client.url, transport=httpx.MockTransport(fail))
    return client


def test_a_certificate_that_is_not_trusted_is_told_from_a_service_that_is_away() -> None:
    untrusted = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)"
    with _failing(untrusted) as client, pytest.raises(RequestFailed, match="SSL_CERT_FILE") as caught:
        client.get("/v1/jobs")
    assert (caught.value.refused, caught.value.retry_after) == (True, None), "asking again does not help"
    assert ": self-signed certificate;" in caught.value.message
    with _failing("[Errno 111] Connection refused") as client, pytest.raises(RequestFailed, match="no service answers"):
        client.get("/v1/jobs")
