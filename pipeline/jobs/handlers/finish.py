"""The stage `finish`: everything the other stages made → the result envelope, and the job's end."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection

from pipeline.jobs.advance import end_job
from pipeline.jobs.handlers.work import Made, Work, artifact_key
from pipeline.jobs.usage import models_of
from pipeline.jobs.verdict import completeness, first_problem, verdict
from pipeline.stores.records import stages, usage
from pipeline.stores.records.stages import StageRecord
from pipeline.stores.records.usage import UsageRow
from schemas import exact_json
from schemas.jobs import Usage
from schemas.usage import ModelUsage

VERSION = 1
PIPELINE_VERSION = version("sheaf")

Json = dict[str, Any]


class Finish:
    """Puts the result together and ends the job."""

    def inputs(self, work: Work) -> list[Any]:
        """This very run: results name their job and their times, so none is used twice."""
        return [VERSION, work.job.id, work.job.sequence, work.stage.attempt]

    def make(self, work: Work) -> Made:
        """Compose the envelope; its commit ends the job."""
        with work.services.database.read() as connection:
            done = {stage.name: stage for stage in stages.list_stages(connection, work.job.id)}
            models = models_of(usage.usage_of_job(connection, work.job.id))
        read = work.artifact("read")
        facts: Json = read.facts if read else {}
        extraction, summary = _opened(work, "extract"), _opened(work, "summarize")
        complete = completeness(facts if read else None, extraction, summary)
        statuses = {n: s.status for n, s in done.items() if n != "finish"}
        index = work.artifact("index")
        indexed: Json = index.facts if index else {}
        status, missing = verdict(statuses, complete, extraction, summary, indexed)
        spent = _usage(done, models, work.services.settings.currency)
        problem = first_problem({n: s.problem for n, s in done.items() if s.status == "failed"})
        result = {
            **_about(work, facts),
            "status": status,
            "data": (extraction or {}).get("data"),
            "fields": _reviewed(extraction, work.services.settings.extraction.review_below),
            "summary": summary and {part: summary[part] for part in ("text", "points", "evidence")},
            "completeness": complete,
            "usage": spent,
            "produced_by": _produced_by(facts, extraction, summary),
            "warnings": [*missing, *_noticed(facts, extraction, summary, indexed)],
            "problem": problem,
        }
        pages = (facts.get("pages_total") or 0) - len(facts.get("pages_failed", []))
        ended = UsageRow(work="job", job_id=work.job.id, jobs=1, pages=pages, seconds=spent.seconds)
        result_key = artifact_key("finish", self.inputs(work))

        def commit(connection: Connection) -> None:
            usage.add_usage(connection, work.job.workspace_id, [ended])
            end_job(
                connection,
                work.services.settings,
                work.job,
                status=status,
                problem=problem if status == "failed" else None,
                result_key=result_key,
            )

        return Made(data=exact_json.dumps(result), commit=commit)


def _opened(work: Work, name: str) -> Json | None:
    if work.artifact(name) is None:
        return None
    opened: Json = exact_json.loads(work.load(name))
    return opened


def _reviewed(extraction: Json | None, threshold: float) -> Json:
    """The fields, marked where they are not sure enough by the settings of today."""
    fields: Json = (extraction or {}).get("fields", {})
    return {name: field | {"needs_review": field["confidence"] < threshold} for name, field in fields.items()}


def _about(work: Work, facts: Json) -> Json:
    job, document = work.job, work.document
    return {
        "job_id": job.id,
        "document": {
            "id": document.id,
            "name": document.name,
            "media_type": work.revision.media_type,
            "sha256": work.revision.sha256,
            "pages": facts.get("pages_total"),
            "seconds": facts.get("seconds"),
        },
        "schema": {"name": job.schema_name, "version": job.schema_version} if job.schema_name else None,
        "quality": facts.get("quality", "normal"),
    }


def _usage(done: Mapping[str, StageRecord], models: list[ModelUsage], currency: str) -> Usage:
    spans = (stage.finished_at - stage.started_at for stage in done.values() if stage.started_at and stage.finished_at)
    return Usage(
        input_tokens=sum(each.input_tokens for each in models),
        output_tokens=sum(each.output_tokens for each in models),
        seconds=round(sum(spans), 3),
        cost=round(sum(each.cost for each in models), 6),
        currency=currency if models else None,
        models=models,
    )


def _produced_by(facts: Json, *parts: Json | None) -> Json:
    merged: Json = {"pipeline": PIPELINE_VERSION}
    for part in (facts, *parts):
        merged |= (part or {}).get("produced_by", {})
    return merged


def _noticed(*parts: Json | None) -> list[Json]:
    return [notice for part in parts for notice in (part or {}).get("warnings", [])]
