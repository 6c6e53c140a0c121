"""What the settings leave open though it could be shut: told at the start of each process, and by `sheaf doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from pipeline.settings import Settings
from pipeline.stores.records.database import Database
from pipeline.stores.records.row_security import why_bypassed

ROW_SECURITY = "row security"


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """One such thing."""

    name: str
    detail: str
    cost: str
    """What somebody could see or do by it."""


def exposures(settings: Settings, database: Database) -> Iterator[Exposure]:
    """All there are.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    unheld = unheld_role(database)
    if unheld is not None:
        yield unheld
    yield from readable_keys(settings)


def unheld_role(database: Database) -> Exposure | None:
    """Whether PostgreSQL lets the service see every workspace's rows, whatever it is bound to.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    with database.read() as connection:
        why = why_bypassed(connection)
    if why is None:
        return None
    cost = "only the conditions of statements keep workspaces apart; deploy/postgres/roles.sql makes a role to use"
    return Exposure(name=ROW_SECURITY, detail=why, cost=cost)


def readable_keys(settings: Settings) -> Iterator[Exposure]:
    """The keys of stores and model servers that cross a network unencrypted."""
    for path, server in _servers(settings):
        address = urlsplit(server.url)
        if server.api_key is None or address.scheme != "http" or _is_loopback(address.hostname or ""):
            continue
        part, _, _ = path.partition(".")
        detail = f"{path}.api_key is sent over plain http to {address.hostname}"
        cost = (
            "whoever listens on the way can read the key, and with it all that is sent; "
            f"give an https address in {path}.url"
        )
        yield Exposure(name=f"{part} key", detail=detail, cost=cost)


def _servers(group: BaseModel, path: str = "") -> Iterator[tuple[str, "_Server"]]:
    """Every part of the settings that has an address and may have a key, with the way to it: `chat.servers.0`."""
    if isinstance(group, _Server):
        yield path, group
    for name in type(group).model_fields:
        value = getattr(group, name)
        for number, each in enumerate(value) if isinstance(value, list) else [("", value)]:
            if isinstance(each, BaseModel):
                yield from _servers(each, ".".join(str(part) for part in (path, name, number) if part != ""))


@runtime_checkable
class _Server(Protocol):
    """What such a part has."""

    url: str
    api_key: SecretStr | None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        return False
