"""One thing that the doctor looks at, and the looks that many of them are: at a package, at a server."""

import socket
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Literal
from urllib.parse import urlsplit

REACH_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: Literal["ok", "missing", "off"]
    """`missing`: it is configured or needed, and is not there. `off`: it is there for the taking and not configured."""
    detail: str
    cost: str = ""
    """What does not work without it; empty where it is `ok`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A package that does one job."""

    name: str
    distribution: str
    module: str
    cost: str


def is_installed(module: str) -> bool:
    """Whether a module is there, without importing more of it than what it lies in."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even that is there
        return False


def part_check(part: Part, absent: Literal["missing", "off"]) -> Check:
    """Whether the package is installed, and in which version; what it is when it is not."""
    if not is_installed(part.module):
        return Check(name=part.name, state=absent, detail=f"{part.distribution} is not installed", cost=part.cost)
    try:
        version = metadata.version(part.distribution)
    except metadata.PackageNotFoundError:
        version = "of unknown version"
    return Check(name=part.name, state="ok", detail=f"{part.distribution} {version}")


def server_check(name: str, url: str, default_port: int, cost: str) -> Check:
    """Whether something listens there; the password of the URL is not shown."""
    try:
        address = urlsplit(url)
        host, port = address.hostname or "", address.port or default_port
    except ValueError as error:
        return Check(name=name, state="missing", detail=f"its address is none: {error}", cost=cost)
    try:
        socket.create_connection((host, port), timeout=REACH_SECONDS).close()
    except (OSError, UnicodeError) as error:  # a name that is none is the latter
        reason = getattr(error, "strerror", None) or str(error)
        return Check(name=name, state="missing", detail=f"{host}:{port} cannot be reached: {reason}", cost=cost)
    return Check(name=name, state="ok", detail=f"{address.scheme} at {host}:{port}")
