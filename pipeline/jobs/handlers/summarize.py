"""The stage `summarize`: `Document` → summary with evidence."""

from typing import Any

from pipeline.jobs.handlers.work import Made, Work

VERSION = 1
SENTENCES = 5


class Summarize:
    """Extractive, in a child process."""

    def inputs(self, work: Work) -> list[Any]:
        """The document as read."""
        return [VERSION, SENTENCES, work.needed("read").key]

    def make(self, work: Work) -> Made:
        """Choose the sentences; the artifact is a `Summary` as JSON."""
        with work.open("read") as source:
            data = work.services.sandbox.run(
                "pipeline.summarizing.task:summarize",
                source,
                {"sentences": SENTENCES},
                progress=work.progress,
                cancelled=work.cancelled,
            )
        return Made(data=data)
