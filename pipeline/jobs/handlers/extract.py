"""The stage `extract`: `Document` and JSON Schema → values with evidence."""

from typing import Any

from pipeline.jobs.handlers.work import Made, Work

VERSION = 1


class Extract:
    """By rules, in a child process: rules on a long document are minutes of pure Python."""

    def inputs(self, work: Work) -> list[Any]:
        """The document as read, and the schema itself."""
        return [VERSION, work.needed("read").key, work.job.schema_body]

    def make(self, work: Work) -> Made:
        """Run the rule reader; the artifact is an `Extraction` as JSON."""
        with work.open("read") as source:
            data = work.services.sandbox.run(
                "pipeline.extraction.task:extract_by_rules",
                source,
                {"schema": work.job.schema_body},
                progress=work.progress,
                cancelled=work.cancelled,
            )
        return Made(data=data)
