"""Log lines carry their facts."""

import logging

from workers.logs import FactsFormatter


def line(**facts: object) -> str:
    record = logging.makeLogRecord({"msg": "stage done", "levelname": "INFO", "name": "sheaf", **facts})
    return FactsFormatter("%(levelname)s %(message)s").format(record)


def test_facts_are_appended() -> None:
    assert line(job="job_1", attempt=2) == "INFO stage done [job=job_1 attempt=2]"


def test_a_line_without_facts_is_as_usual() -> None:
    assert line() == "INFO stage done"
