"""Sends one webhook, whatever the receiver does to it."""

import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from pipeline.delivery.guard import Target, resolve
from pipeline.delivery.network import Deadline, PinnedBackend
from pipeline.delivery.outcome import Outcome
from pipeline.delivery.resolver import Resolver, lookup
from pipeline.delivery.signer import sign
from pipeline.errors import AddressForbidden, DeliveryError, InvalidWebhookUrl, SettingsError
from pipeline.settings import Webhooks
from pipeline.tracing.context import HEADER

CONNECT_SECONDS = 5.0
ANSWER_BYTES = 64 * 1024
"""How much of an answer is read, only so that a polite receiver can finish writing; it is dropped unseen."""
ANSWER_SECONDS = 1.0

ERROR_NAMES: dict[type[Exception], str] = {
    InvalidWebhookUrl: "invalid-url",
    AddressForbidden: "address-forbidden",
    DeliveryError: "host-not-found",
    ssl.SSLCertVerificationError: "tls-certificate",
    ssl.SSLError: "tls-failed",
    ConnectionRefusedError: "connection-refused",
    ConnectionResetError: "connection-lost",
    httpcore.TimeoutException: "timeout",
    httpcore.ConnectError: "connection-failed",
    httpcore.NetworkError: "connection-lost",
    httpcore.RemoteProtocolError: "invalid-answer",
    httpcore.ProtocolError: "invalid-request",
    httpcore.UnsupportedProtocol: "invalid-url",
    httpcore.ProxyError: "connection-failed",
    httpcore.ConnectionNotAvailable: "connection-failed",
}
"""What an attempt that got no status is called; the first row that fits the error, or an error behind it, counts."""

_CAUGHT: tuple[type[Exception], ...] = (OSError, *(cls for cls in ERROR_NAMES if not issubclass(cls, OSError)))


class Sender:
    """Sends deliveries, each over a connection of its own. Thread-safe."""

    def __init__(
        self,
        settings: Webhooks,
        *,
        resolver: Resolver = lookup,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`context` verifies receivers; by default against the authorities of Mozilla, the system and `ca_file`."""
        self._settings = settings
        self._resolver = resolver
        self._context = context or _trusting(settings)
        self._clock = clock

    def send(
        self, *, url: str, message_id: str, body: bytes, secrets: Sequence[str], traceparent: str | None = None
    ) -> Outcome:
        """Sign `body` with each secret, POST it, and say what came of it.

        `traceparent` is sent as the header of that name; a receiver that traces too goes on with our trace.
        Redirects, proxies and cookies are not followed, used or kept. The attempt ends within
        `webhooks.timeout_seconds` by the wall clock.

        Raises:
            InvalidRequest: a secret is malformed. Nothing that a receiver does raises.
        """
        started = time.monotonic()
        deadline = Deadline(self._settings.timeout_seconds)
        signature = sign(secrets, message_id=message_id, timestamp=int(self._clock()), body=body)
        try:
            within = min(CONNECT_SECONDS, deadline.remaining())
            target = resolve(url, self._settings, resolver=self._resolver, timeout=within)
            headers = signature if traceparent is None else {**signature, HEADER: traceparent}
            status, retry_after = self._post(target, headers, body, deadline)
        except _CAUGHT as error:
            return Outcome(error=error_name(error), seconds=time.monotonic() - started)
        return Outcome(
            status=status,
            retry_after=parse_retry_after(retry_after, self._clock()),
            seconds=time.monotonic() - started,
        )

    def _post(self, target: Target, ours: dict[str, str], body: bytes, deadline: Deadline) -> tuple[int, str | None]:
        location = target.location
        headers: list[tuple[bytes | str, bytes | str]] = [
            ("host", location.authority),
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("user-agent", "Sheaf-Webhooks/1"),
            ("accept-encoding", "identity"),
            ("connection", "close"),
            *ours.items(),
        ]
        url = httpcore.URL(
            scheme=location.scheme.encode(),
            host=location.host.encode(),
            port=location.port,
            target=location.path.encode(),
        )
        backend = PinnedBackend(target.addresses, deadline, CONNECT_SECONDS)
        with (
            httpcore.ConnectionPool(ssl_context=self._context, network_backend=backend) as pool,
            pool.stream("POST", url, headers=headers, content=body) as response,
        ):
            deadline.shorten(ANSWER_SECONDS)
            _drop(response.iter_stream())
            return response.status, _header(response.headers, b"retry-after")


def error_name(error: Exception) -> str:
    """The short name of why no status came, by the table."""
    chain = list(_causes(error))
    for cls, name in ERROR_NAMES.items():
        if any(isinstance(cause, cls) for cause in chain):
            return name
    return "connection-failed"


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds from a `Retry-After` header (RFC 9110 section 10.2.3): a number of seconds or a date; else `None`."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        date = parsedate_to_datetime(value)
        moment = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(moment - now, 0.0)


def _trusting(settings: Webhooks) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except OSError as error:  # ssl's own are some of these
            message = f"webhooks.ca_file: {settings.ca_file} holds no certificates: {error.strerror or error}"
            raise SettingsError(message, keys=["webhooks.ca_file"]) from error
    return context


def _drop(chunks: Iterable[bytes]) -> None:
    """Read a little of the answer. The status has come, so how the rest of it goes no longer matters."""
    size = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            if size >= ANSWER_BYTES:
                return
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        return


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), None)
