"""Deleting what its workspace keeps no longer, by the very deletion that a person asks for."""

import logging
import time

from pipeline.errors import NotFound, SheafError, StoreError
from pipeline.jobs.deletion import delete_document
from pipeline.services import Services
from pipeline.stores.records import retention

log = logging.getLogger("sheaf.jobs")

ACTOR = "retention"
AT_A_TIME = 200
AFTER_READ_SECONDS = 60.0
"""A reader whose connection broke can ask again for so long."""
AFTER_END_SECONDS = 3600.0
"""For results that nobody reads."""


def retire(services: Services, *, until: float) -> bool:
    """Delete documents whose time is over, until that moment of `time.monotonic`; whether to go on without a pause."""
    with services.database.read() as connection:
        overdue = retention.overdue(connection, limit=AT_A_TIME)
        delivered = retention.delivered(
            connection, after_read_seconds=AFTER_READ_SECONDS, after_end_seconds=AFTER_END_SECONDS, limit=AT_A_TIME
        )
    deleted = 0
    for workspace_id, document_id in overdue + delivered:
        if time.monotonic() >= until:
            return True
        try:
            delete_document(services, document_id, workspace_id=workspace_id, actor=ACTOR, keep_sources=True)
            deleted += 1
        except NotFound:
            log.info("document %s was deleted meanwhile", document_id)
        except StoreError as error:
            # The others would wait for the same store, and meanwhile nobody would sweep.
            log.warning("deletion of %s is not over, others wait: %s", document_id, error)
            return False
        except SheafError as error:
            log.warning("deletion of %s is not over: %s", document_id, error)
        except Exception:
            # The same document may come first every time: it must not keep those behind it.
            log.exception("deletion of %s is not over", document_id)
    return deleted > 0 and AT_A_TIME in (len(overdue), len(delivered))
