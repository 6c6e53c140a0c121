"""The REST client under the data commands and the tools of assistants."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import quote

import httpx

from pipeline.errors import SettingsError
from pipeline.settings import Settings, load_settings
from schemas import exact_json

URL_VARIABLE, KEY_VARIABLE = "SHEAF_CLI_URL", "SHEAF_CLI_KEY"

TIMEOUT = httpx.Timeout(120.0, connect=5.0)
WAIT_SECONDS = 30
"""How long the service is asked to wait for a result."""
ASK_SECONDS = 1.0
"""Between two questions for the same result, at least."""


class RequestFailed(Exception):
    """A request came to nothing, or could not be made."""

    def __init__(
        self,
        message: str,
        *,
        refused: bool = False,
        problem: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.refused = refused
        """Whether it cannot go well as it stands, whatever the service does."""
        self.problem = problem
        """`None` where no answer came."""
        self.retry_after = retry_after
        """Seconds after which the same request may go well; `None` where it will not."""

    @property
    def kind(self) -> str:
        """The last part of the problem's type, empty where no problem document came."""
        return str((self.problem or {}).get("type", "")).rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: as it came, and read with exact numbers."""

    raw: bytes
    value: Any


class Client:
    """Talks to one service with one key. Raises `RequestFailed` for every answer but 2xx."""

    def __init__(self, url: str, key: str | None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=TIMEOUT,
            verify=self.url.lower().startswith("https:"),  # loading the authorities takes longer than most commands
            trust_env=not is_local(self.url),  # a proxy cannot reach this machine's loopback
        )

    @property
    def headers(self) -> httpx.Headers:
        """What every request carries."""
        return self._http.headers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: object) -> Reply:
        """GET; parameters that are `None` are left out."""
        return self._send("GET", path, params=_given(params))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Reply:
        """POST `body` as JSON, without its members that are `None`."""
        content = {} if body is None else _json(_dumped(_given(body)))
        return self._send("POST", path, **content)

    def upload(self, path: str, file: tuple[str, BinaryIO], *, fields: dict[str, str], key: str) -> Reply:
        """POST a file and form fields, the file read while it is sent; `key` is the Idempotency-Key."""
        return self._send("POST", path, files={"file": file}, data=fields, headers={"Idempotency-Key": key})

    def put(self, path: str, content: bytes) -> Reply:
        """PUT JSON text."""
        return self._send("PUT", path, **_json(content))

    def patch(self, path: str, body: dict[str, Any]) -> Reply:
        """PATCH JSON."""
        return self._send("PATCH", path, **_json(_dumped(body)))

    def delete(self, path: str) -> Reply:
        """DELETE."""
        return self._send("DELETE", path)

    def pages(self, path: str, **params: object) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        cursor: str | None = None
        while True:
            value = self.get(path, cursor=cursor, **params).value
            yield from value["items"]
            cursor = value["next_cursor"]
            if cursor is None:
                return

    def result(self, job_id: str, *, timeout: float) -> Reply:
        """A job's result, waited for up to `timeout` seconds; 0 takes it only when it is there."""
        until = time.monotonic() + timeout
        while True:
            asked = time.monotonic()
            left = until - asked
            try:
                return self.get(f"/v1/jobs/{part(job_id)}/result", wait=int(max(min(left, WAIT_SECONDS), 0)) or None)
            except RequestFailed as error:
                if error.kind != "result-not-ready" or left <= 0:
                    raise
            # A service that waits less, or not at all, is not asked again and again.
            time.sleep(max(0.0, min(asked + ASK_SECONDS - time.monotonic(), until - time.monotonic())))

    def _send(self, method: str, path: str, **more: Any) -> Reply:  # noqa: ANN401 - of httpx
        try:
            response = self._http.request(method, path, **more)
        except httpx.ConnectError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                reason = str(error).rpartition("verify failed: ")[2].partition(" (_ssl")[0]
                hint = "SSL_CERT_FILE names your authority's"
                message = f"{self.url} has no certificate trusted here: {reason}; {hint}"
                raise RequestFailed(message, refused=True) from error
            message = f"no service answers at {self.url}; `sheaf up` starts one on this machine"
            raise RequestFailed(message, retry_after=1.0) from error
        except httpx.InvalidURL as error:
            raise RequestFailed(f"what was given makes no address: {error}", refused=True) from error
        except UnicodeError as error:
            raise RequestFailed(f"{self.url!r} names no host that could be looked up", refused=True) from error
        except httpx.HTTPError as error:
            message = f"the service at {self.url} did not answer: {error or type(error).__name__}"
            raise RequestFailed(message, retry_after=1.0) from error
        if not response.is_success:
            raise _refusal(response)
        return Reply(response.content, _parsed(response))


def connect(url: str | None, key: str | None) -> Client:
    """The service that the options, the environment or the settings of this machine name.

    The key file of this machine is used for a service on this machine only, so that no option sends it elsewhere.

    Raises:
        RequestFailed: the URL is none, or the settings cannot be read.
    """
    url = url or os.environ.get(URL_VARIABLE)
    if url is not None and not url.lower().startswith(("http://", "https://")):
        raise RequestFailed(f"{url!r} is not a URL; it begins with http:// or https://", refused=True)
    key = key or os.environ.get(KEY_VARIABLE)
    if url is None or (key is None and is_local(url)):
        settings = _settings()
        url = url or settings.local_url
        key = key or (_key_of(settings) if is_local(url) else None)
    try:
        return Client(url, key)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise RequestFailed(f"{url!r} is not a URL, or the key is none: {error}", refused=True) from error


def part(text: str) -> str:
    """A name or an id as one part of a path, whatever was typed.

    Raises:
        RequestFailed: it is empty, or no text.
    """
    if text in ("", ".", ".."):
        raise RequestFailed(f"{text!r} is not an id", refused=True)
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:  # bytes that are no UTF-8 come as halves of surrogate pairs
        raise RequestFailed(f"{text!r} is not an id", refused=True) from error


def is_local(url: str) -> bool:
    """Whether a URL names this machine's loopback."""
    try:
        host = httpx.URL(url).host
        return host == "localhost" or ip_address(host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise RequestFailed(f"settings: {error.message}", refused=True) from error


def _key_of(settings: Settings) -> str | None:
    try:
        return settings.key_file.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _refusal(response: httpx.Response) -> RequestFailed:
    """What a problem document says, in one line."""
    value = _parsed(response)
    problem = value if isinstance(value, dict) else {}
    said = problem.get("detail") or problem.get("title") or f"HTTP status {response.status_code}"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        said = f"{said} (give a key by --key or {KEY_VARIABLE}, or work in the folder of sheaf-data)"
    return RequestFailed(
        str(said),
        refused=response.is_client_error,
        problem={"status": response.status_code, **problem},
        retry_after=_retry_after(response),
    )


def _retry_after(response: httpx.Response) -> float | None:
    if response.status_code not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    given = response.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdigit() else 5.0


def _parsed(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return exact_json.loads(response.content)
    except ValueError:
        return None


def _dumped(body: dict[str, Any]) -> bytes:
    """As JSON.

    Raises:
        RequestFailed: a text of it is none.
    """
    try:
        return exact_json.dumps(body)
    except TypeError as error:
        raise RequestFailed(f"what was given cannot be sent: {error}", refused=True) from error


def _json(content: bytes) -> dict[str, Any]:
    return {"content": content, "headers": {"Content-Type": "application/json"}}


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
