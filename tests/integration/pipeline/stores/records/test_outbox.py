"""The outbox holds every ring until somebody answers it."""

from pipeline.stores.records import outbox
from pipeline.stores.records.database import Database


def test_rings_wait_until_they_are_due_and_until_they_are_answered(database: Database) -> None:
    def due() -> set[str]:
        with database.read() as connection:
            return set(outbox.due_queues(connection))

    with database.write() as connection:
        outbox.add_rings(connection, {})
        outbox.add_rings(connection, {"job_1/read": "read", "job_2/read": "read", "dlv_1": "deliver"})
        outbox.add_rings(connection, {"job_3/index": "index"}, after_seconds=3600)
    assert due() == {"read", "deliver"}
    with database.write() as connection:
        outbox.forget_rings(connection, [])
        outbox.forget_rings(connection, ["job_1/read", "dlv_1", "never noted"])
    assert due() == {"read"}
    with database.write() as connection:
        outbox.forget_rings(connection, ["job_2/read"])
        outbox.add_rings(connection, {"job_3/index": "index"})  # sooner than noted before
    assert due() == {"index"}
    with database.write() as connection:
        outbox.add_rings(connection, {"job_3/index": "infer"}, after_seconds=3600)  # later, and elsewhere
    assert due() == set()
