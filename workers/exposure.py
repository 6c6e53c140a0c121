"""What the settings leave open though it could be shut: told at the start of each process, and by `sheaf doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pipeline.settings import QdrantVectors, Settings
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
    for found in (unheld_role(database), readable_key(settings)):
        if found is not None:
            yield found


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


def readable_key(settings: Settings) -> Exposure | None:
    """Whether Qdrant's key crosses a network unencrypted."""
    chosen = settings.vectors
    if not isinstance(chosen, QdrantVectors) or chosen.api_key is None:
        return None
    address = urlsplit(chosen.url)
    if address.scheme != "http" or _is_loopback(address.hostname or ""):
        return None
    detail = f"vectors.api_key is sent over plain http to {address.hostname}"
    cost = "whoever listens on the way can read the key, and the index with it; give an https address in vectors.url"
    return Exposure(name="vectors key", detail=detail, cost=cost)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        return False
