"""Log lines carry their facts."""

import json
import logging
import sys

from pipeline.tracing.current import spanned
from pipeline.tracing.spans import NO_TRACER
from tests.support.traces import Recorder
from workers.logs import FactsFormatter, JsonFormatter


def line(**facts: object) -> str:
    record = logging.makeLogRecord({"msg": "stage done", "levelname": "INFO", "name": "sheaf", **facts})
    return FactsFormatter("%(levelname)s %(message)s").format(record)


def test_facts_are_appended() -> None:
    assert line(job="job_1", attempt=2) == "INFO stage done [job=job_1 attempt=2]"


def test_a_line_without_facts_is_as_usual() -> None:
    assert line() == "INFO stage done"


def test_a_line_of_json_holds_the_same() -> None:
    facts = {"job": "job_1", "workspace": "ws_1"}
    record = logging.makeLogRecord({"msg": "%s ended", "args": ("it",), "levelname": "INFO", "name": "sheaf", **facts})
    found = json.loads(JsonFormatter().format(record))
    assert found.pop("time").endswith("+00:00")
    assert found == {"level": "INFO", "logger": "sheaf", "message": "it ended", **facts}


def test_a_traceback_stays_in_its_line() -> None:
    try:
        int("odd\nerror")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["error"]


def test_a_line_of_json_names_the_span_it_was_written_in() -> None:
    record = logging.makeLogRecord({"msg": "stage done"})
    with spanned(Recorder().tracer, "stage read", "consumer", parent=None) as span:
        found = json.loads(JsonFormatter().format(record))
    assert span.context is not None
    assert (found["trace_id"], found["span_id"]) == (span.context.trace_id, span.context.span_id)
    with spanned(NO_TRACER, "stage read", "consumer", parent=None):
        assert "trace_id" not in json.loads(JsonFormatter().format(record))
