"""One OpenAI-compatible server, through the official client."""

import logging
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx2
import openai
from pydantic import SecretStr

from pipeline.errors import ModelUnavailable
from pipeline.models.openai_api.connection import WatchedTransport, trusted
from pipeline.models.openai_api.faults import translated
from pipeline.models.openai_api.watch import Watch

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Of answers that are not streamed; the ids of 131,072 tokens, which `/tokenize` sends along, are about one."""
PATIENCE_SECONDS = 5.0
"""For what is answered without the model: lists, versions, health."""
_PLACEHOLDER = "not the key"
"""The client wants one; the real one is added below it."""

for _name in ("openai", "httpx2", "httpcore2"):  # what they tell at DEBUG holds requests and so documents
    logging.getLogger(_name).setLevel(logging.WARNING)


class ModelServer:
    """Sends requests to one server. Thread-safe: each request has a connection of its own."""

    def __init__(self, url: str, key: SecretStr | None, trust: ssl.SSLContext | None = None) -> None:
        """`url` is the API's, with its `/v1` or without; servers of one pool share their `trust`."""
        parts = urlsplit(url)
        path = parts.path.rstrip("/") or "/v1"
        self.url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self._root = self.url.removesuffix("/v1")
        self.name = parts.hostname + (f":{parts.port}" if parts.port else "") if parts.hostname else url
        self._key = key.get_secret_value() if key else None
        self._trust = trust or trusted()

    def get(self, path: str, seconds: float = PATIENCE_SECONDS) -> Any:  # noqa: ANN401 - any JSON value
        """What is at a path below the API, or with a slash in front below the server's root; JSON, or else text.

        Raises:
            Fault: the server cannot be reached or refuses.
        """
        watch = Watch(seconds=seconds, max_bytes=MAX_ANSWER_BYTES)
        with self._client(watch) as client:
            return _value(client.get(self._address(path), cast_to=httpx2.Response))

    def post(self, path: str, body: dict[str, Any], watch: Watch) -> Any:  # noqa: ANN401 - any JSON value
        """What is answered to a body.

        Raises:
            Fault: the server cannot be reached or refuses.
        """
        with self._client(watch) as client:
            return _value(client.post(self._address(path), body=body, cast_to=httpx2.Response))

    def upload(self, path: str, fields: dict[str, str], file: tuple[str, bytes, str], watch: Watch) -> Any:  # noqa: ANN401
        """What is answered to a form with a file (name, content, media type).

        Raises:
            Fault: the server cannot be reached or refuses.
        """
        options: openai.RequestOptions = {"headers": {"Content-Type": "multipart/form-data"}}
        with self._client(watch) as client:
            answer = client.post(
                self._address(path),
                body=fields,
                files=[("file", file)],
                options=options,
                cast_to=httpx2.Response,
            )
            return _value(answer)

    def stream(self, body: dict[str, Any], watch: Watch) -> Generator[object]:
        """The events of a streamed chat completion, as JSON values; closing the iterator closes the connection.

        Raises:
            Fault: the server cannot be reached, refuses, or sends what is no stream of events.
        """
        with (
            self._client(watch) as client,
            client.post(
                "/chat/completions", body=body, cast_to=object, stream=True, stream_cls=openai.Stream[object]
            ) as events,
        ):
            kind = events.response.headers.get("content-type", "")
            if not kind.startswith("text/event-stream"):
                raise ModelUnavailable(f"answered with {kind.partition(';')[0] or 'something'} instead of events")
            yield from events

    def _address(self, path: str) -> str:
        return self._root + path if path.startswith("/") else f"{self.url}/{path}"

    @contextmanager
    def _client(self, watch: Watch) -> Iterator[openai.OpenAI]:
        transport = WatchedTransport(watch, self._trust, self._key)
        with (
            translated(self.name, self._key),
            httpx2.Client(transport=transport, trust_env=False, follow_redirects=False) as http,
        ):
            yield openai.OpenAI(api_key=_PLACEHOLDER, base_url=self.url, max_retries=0, timeout=None, http_client=http)


def _value(response: httpx2.Response) -> Any:  # noqa: ANN401 - any JSON value
    """JSON where the server says that it is, else text."""
    if response.headers.get("content-type", "").startswith("application/json"):
        return response.json()
    return response.text
