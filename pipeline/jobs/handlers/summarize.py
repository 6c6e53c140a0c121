"""The stage `summarize`: `Document` → summary with evidence."""

from typing import Any

from pipeline.errors import AnswerInvalid, ModelError
from pipeline.jobs.failures import classify
from pipeline.jobs.handlers.showing import shown
from pipeline.jobs.handlers.work import Made, Work
from pipeline.models.chat import ChatModel
from pipeline.prompting.templates import load
from pipeline.summarizing.written import Summarizer
from schemas.documents import Notice
from schemas.summaries import Summary

VERSION = 3
SENTENCES = 5
PROMPTS = tuple(f"{prompt.name}-{prompt.version}" for prompt in map(load, ("summarize", "map", "reduce")))


class Summarize:
    """By the chat model where there is one; else extractive, in a child process."""

    def inputs(self, work: Work) -> list[Any]:
        """The document as read, and who summarizes how."""
        chat = work.services.chat
        by = ["extractive"] if chat is None else [chat.name, *PROMPTS]
        return [VERSION, SENTENCES, *by, work.needed("read").key]

    def make(self, work: Work) -> Made:
        """Write or choose the sentences; the artifact is a `Summary` as JSON.

        A model that fails is tried again as the job's attempts allow. In the end sentences are chosen from the
        document: such a summary is marked as cut short, and the stage carries the failure.

        Raises:
            ModelError: the model failed, and the stage may be tried again.
        """
        chat = work.chat
        if chat is None:
            return Made(data=_extracted(work))
        try:
            return _made(_written(work, chat))
        except ModelError as error:
            if not work.gives_up(error):
                raise
            return _makeshift(work, error)


def _extracted(work: Work) -> bytes:
    with work.open("read") as source:
        return work.services.sandbox.run(
            "pipeline.summarizing.task:summarize",
            source,
            {"sentences": SENTENCES},
            progress=work.progress,
            cancelled=work.cancelled,
        )


def _written(work: Work, chat: ChatModel) -> Summary:
    with shown(work, chat.tokens, most_tokens=chat.capabilities.context_tokens // 2) as document:
        summarizer = Summarizer(
            model=chat,
            material=document.material,
            language="the language of the document",
            stopped=work.cancelled,
            progress=work.progress,
        )
        told = {"sentences": [note.model_dump() for note in summarizer.summarize(document.prepared.profiles)]}
        unshown, notices = set(document.material.unshown), document.material.notices()
        worded = {profile.number for profile in document.prepared.profiles if profile.words}
    with work.open("read") as source:
        data = work.services.sandbox.run("pipeline.summarizing.task:place", source, told, cancelled=work.cancelled)
    summary = Summary.model_validate_json(data)
    if not summary.points and told["sentences"]:
        raise AnswerInvalid("the document holds none of what the model's summary says")
    summary.warnings += notices
    # Of a page without words whose picture is missing the model was shown nothing at all.
    summary.truncated = not worded.issuperset(unshown)
    summary.produced_by = {"summary-model": chat.name, "summary-prompts": ", ".join(PROMPTS)}
    return summary


def _makeshift(work: Work, error: ModelError) -> Made:
    summary = Summary.model_validate_json(_extracted(work))
    message = "The chat model failed; the summary's sentences were chosen from the document instead."
    summary.warnings.append(Notice(code=error.name, message=message))
    summary.truncated = True
    return _made(summary, problem=classify(error).as_json())


def _made(summary: Summary, *, problem: dict[str, Any] | None = None) -> Made:
    """What a model left out it may say another time: such a summary serves this job only."""
    return Made(
        data=summary.model_dump_json().encode(),
        facts={"truncated": summary.truncated},
        reusable=not summary.truncated,
        problem=problem,
    )
