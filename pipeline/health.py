"""Whether everything that a process needs does its work."""

import logging
from collections.abc import Callable

from pipeline.errors import SheafError
from pipeline.services import Services
from pipeline.stores.records.tables import current_time

log = logging.getLogger("sheaf.health")

NOBODY = "ws_health"


def check_health(services: Services) -> dict[str, str | None]:
    """Part → the name of what is wrong with it, or `None` where nothing is; each part is really used."""
    parts: dict[str, Callable[[Services], None]] = {
        "database": _database,
        "blobs": _blobs,
        "vectors": _vectors,
        "sandbox": _sandbox,
    }
    return {name: _wrong(name, check, services) for name, check in parts.items()}


def _wrong(name: str, check: Callable[[Services], None], services: Services) -> str | None:
    try:
        check(services)
    except SheafError as error:
        log.warning("%s: %s", name, error)
        return error.name
    return None


def _database(services: Services) -> None:
    with services.database.read() as connection:
        current_time(connection)


def _blobs(services: Services) -> None:
    services.blobs.put("health/check", [b"written"])
    services.blobs.delete("health/check")


def _vectors(services: Services) -> None:
    services.vectors.count(workspace_id=NOBODY)


def _sandbox(services: Services) -> None:
    services.sandbox.run("pipeline.reading.child.probes:echo", None, {})
