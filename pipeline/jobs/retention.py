"""Deleting what its workspace keeps no longer, by the very deletion that a person asks for."""

import logging

from pipeline.errors import NotFound, SheafError
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


def retire(services: Services) -> int:
    """Delete documents whose time is over; how many."""
    with services.database.read() as connection:
        over = retention.overdue(connection, limit=AT_A_TIME)
        over += retention.delivered(
            connection, after_read_seconds=AFTER_READ_SECONDS, after_end_seconds=AFTER_END_SECONDS, limit=AT_A_TIME
        )
    deleted = 0
    for workspace_id, document_id in over:
        try:
            delete_document(services, document_id, workspace_id=workspace_id, actor=ACTOR)
            deleted += 1
        except NotFound:
            log.info("document %s was deleted meanwhile", document_id)
        except SheafError as error:
            log.warning("deletion of %s is not over: %s", document_id, error)
    return deleted
