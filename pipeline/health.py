"""Whether everything that a process needs does its work."""

import logging
from collections.abc import Callable

from pipeline.errors import SheafError
from pipeline.services import Services
from pipeline.stores.records.tables import current_time

log = logging.getLogger("sheaf.health")

NOBODY = "ws_health"


def check_part(services: Services, part: str) -> str | None:
    """The name of what is wrong with one of `PARTS`, or `None`."""
    try:
        PARTS[part](services)
    except SheafError as error:
        log.warning("%s: %s", part, error)
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
    services.sandbox.run("pipeline.reading.child.probes:echo", None, {}, queues=False)


PARTS: dict[str, Callable[[Services], None]] = {
    "database": _database,
    "blobs": _blobs,
    "vectors": _vectors,
    "sandbox": _sandbox,
}
"""What a process needs; each is used for the check as it is for work."""
