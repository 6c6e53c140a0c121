"""Addresses of servers."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def check_place(url: str) -> None:
    """Whether host and port of an address could be those of a server.

    Raises:
        ValueError: they could not; the message does not hold the address, which may have a password.
    """
    parts = urlsplit(url)
    try:
        (parts.hostname or "").encode("idna")
    except UnicodeError as error:
        raise ValueError("its host is no name that could be looked up") from error
    if parts.port == 0:
        raise ValueError("there is no port 0")


def _plain_address(url: str) -> str:
    check_place(url)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError("it is no http or https address without user, password and query")
    return url


ServerUrl = Annotated[str, AfterValidator(_plain_address)]
