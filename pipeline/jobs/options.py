"""What a caller asks to be done with a document."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipeline.delivery.guard import check_url
from pipeline.errors import InvalidRequest
from pipeline.settings import Webhooks
from schemas.jobs import TASKS

MAX_METADATA_BYTES = 16_384
MAX_PASSWORD_LENGTH = 1_024
MAX_COLLECTION_LENGTH = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class JobOptions:
    """How to run a job. `schema` is a name, `name@version` or the schema itself; without `tasks` the usual ones run."""

    schema: str | dict[str, Any] | None = None
    tasks: tuple[str, ...] | None = None
    webhook_url: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    collection: str | None = None
    password: str | None = field(default=None, repr=False)
    priority: int = 100
    batch_id: str | None = None
    retention: str | None = None
    """A class of the workspace, or `none`."""

    def chosen_tasks(self) -> list[str]:
        """Without a word about tasks everything is done, extraction only where a schema is given."""
        if self.tasks is None:
            left_out = {"index"} if self.retention == "none" else set()
            left_out |= {"extract"} if self.schema is None else set()
            return [task for task in TASKS if task not in left_out]
        return [task for task in TASKS if task in self.tasks]

    def fingerprint(self, *content: str) -> str:
        """SHA-256 of what is asked for, for idempotency keys."""
        asked = [self.schema, self.chosen_tasks(), self.webhook_url, self.metadata, self.collection, self.password]
        if self.retention is not None:
            asked.append({"retention": self.retention})
        return hashlib.sha256(orjson.dumps([*asked, *content], option=orjson.OPT_SORT_KEYS)).hexdigest()


def check_options(options: JobOptions, settings: Webhooks) -> None:
    """Refuse what cannot be done, before anything is stored.

    Raises:
        InvalidRequest: a field is out of its range; the error names it.
        InvalidWebhookUrl: the URL is not one that events may be sent to.
    """
    unknown = [task for task in options.tasks or () if task not in TASKS]
    if unknown:
        raise InvalidRequest(f"unknown task {unknown[0]!r}; tasks are {', '.join(TASKS)}", field="tasks")
    if options.tasks is not None and not options.tasks:
        raise InvalidRequest(f"name at least one task of {', '.join(TASKS)}", field="tasks")
    if "extract" in options.chosen_tasks() and options.schema is None:
        raise InvalidRequest("the task extract needs a schema", field="schema")
    if options.retention == "none" and "index" in options.chosen_tasks():
        raise InvalidRequest("what is not stored cannot be indexed", field="store")
    if _json_size(options.metadata) > MAX_METADATA_BYTES:
        raise InvalidRequest(f"metadata is larger than {MAX_METADATA_BYTES} bytes", field="metadata")
    if options.password is not None and len(options.password) > MAX_PASSWORD_LENGTH:
        raise InvalidRequest(f"password is longer than {MAX_PASSWORD_LENGTH} characters", field="password")
    name = options.collection
    if name is not None and not (0 < len(name) <= MAX_COLLECTION_LENGTH and name.isprintable()):
        raise InvalidRequest(f"collection needs 1 to {MAX_COLLECTION_LENGTH} printable characters", field="collection")
    if options.webhook_url is not None:
        check_url(options.webhook_url, settings)


def _json_size(metadata: dict[str, Any]) -> int:
    try:
        return len(orjson.dumps(metadata))
    except orjson.JSONEncodeError as error:
        raise InvalidRequest(f"metadata cannot be written as JSON: {error}", field="metadata") from error
