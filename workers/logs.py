"""Log lines of a process: time, level, logger, message, and the facts that came with it."""

import json
import logging
from datetime import UTC, datetime
from typing import Literal

from pipeline.tracing.current import current

# Attributes that every record has; what else is on one was given as `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

# Libraries that tell of every step they take.
_QUIET = ("alembic", "celery", "kombu", "httpx", "httpcore", "uvicorn.error")


class FactsFormatter(logging.Formatter):
    """Appends `key=value` for each fact of a record."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback where there is one."""
        facts = {name: value for name, value in vars(record).items() if name not in _USUAL}
        line = super().format(record)
        if not facts:
            return line
        head, newline, rest = line.partition("\n")
        told = " ".join(f"{name}={value}" for name, value in facts.items())
        return f"{head} [{told}]{newline}{rest}"


class JsonFormatter(logging.Formatter):
    """A JSON object a line: `time` (RFC 3339, UTC), `level`, `logger`, `message`, each fact, `error`: a traceback.

    Where something is traced also `trace_id` and `span_id`, as OpenTelemetry names them in logs that are not its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {name: value for name, value in vars(record).items() if name not in _USUAL}
        line |= {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (context := current().context) is not None:
            line |= {"trace_id": context.trace_id, "span_id": context.span_id}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str, form: Literal["text", "json"] = "text") -> None:
    """Log to standard error from `level` on; libraries only from WARNING on, unless all is asked for."""
    handler = logging.StreamHandler()
    text = FactsFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if form == "json" else text)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
