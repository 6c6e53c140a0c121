"""Asking the engine how it is."""

import socket
from types import TracebackType
from typing import Self

import httpx

from workers.gpu.figures import EngineFigures, parse_figures


class Probe:
    """Asks one engine over HTTP."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        # Proxies of the environment are for the world outside.
        self._client = httpx.Client(base_url=url, timeout=timeout_seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def healthy(self) -> bool:
        """Whether it takes requests; vLLM answers 503 once its engine is dead."""
        try:
            return self._client.get("/health").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def figures(self) -> EngineFigures | None:
        """Its figures; `None` where it does not tell."""
        try:
            answer = self._client.get("/metrics")
        except httpx.HTTPError:
            return None
        return parse_figures(answer.text) if answer.status_code == httpx.codes.OK else None


def port_taken(url: str) -> bool:
    """Whether somebody listens there already; a stranger's health would be taken for our engine's."""
    address = httpx.URL(url)
    try:
        socket.create_connection((address.host, address.port or 80), timeout=1.0).close()
    except OSError:
        return False
    return True
