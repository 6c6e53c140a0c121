"""The stage `extract`: `Document` and JSON Schema → values with evidence."""

from functools import partial
from typing import Any

from pipeline.extraction.model.cascade import Cascade
from pipeline.extraction.model.level import DocumentSource, ModelLevel
from pipeline.jobs.failures import classify
from pipeline.jobs.handlers.showing import page_pictures
from pipeline.jobs.handlers.work import Made, Work
from pipeline.models.chat import ChatModel
from pipeline.prompting.templates import load
from schemas import exact_json
from schemas.extraction import Extraction

VERSION = 3
PROMPTS = tuple(f"{prompt.name}-{prompt.version}" for prompt in map(load, ("extract", "repair", "continue")))
RULES_SHARE = 0.2
"""Of the stage's progress, where models are asked too."""
ALL_LEVELS = 2.0
"""No confidence is as high: everything is asked for."""


class Extract:
    """By rules, in a child process; then by the chat models there are, each of what is still wanted."""

    def inputs(self, work: Work) -> list[Any]:
        """The document as read, the schema itself, and who is asked how."""
        asked: list[Any] = [VERSION, work.needed("read").key, work.job.schema_body]
        models = _models(work)
        if not models:
            return asked
        settings = work.services.settings.extraction.model_dump(mode="json", exclude={"review_below"})
        return [*asked, [model.name for _, model in models], PROMPTS, settings]

    def make(self, work: Work) -> Made:
        """Read the values; the artifact is an `Extraction` as JSON.

        A model that fails is tried again as the job's attempts allow. In the end what was found without it is the
        result, marked as cut short, and the stage carries the failure.

        Raises:
            ModelError: the model failed, and the stage may be tried again.
        """
        models = _models(work)
        rules = _by_rules(work, RULES_SHARE if models else 1.0)
        if not models:
            return Made(data=rules)
        cascade = _cascade(work, models)
        found, error = cascade.extract(Extraction.model_validate(exact_json.loads(rules)))
        problem = classify(error).as_json() if error is not None else None
        # What a model left out it may say another time: such a result serves this job only.
        return Made(
            data=exact_json.dumps(found),
            facts={"truncated": found.truncated},
            reusable=not found.truncated,
            problem=problem,
        )


def _models(work: Work) -> list[tuple[str, ChatModel]]:
    """The levels behind the rules; without a cascade there is one."""
    small = ("small", work.chat_small) if work.services.settings.extraction.cascade else None
    levels = [each for each in (small, ("large", work.chat)) if each is not None]
    return [(name, model) for name, model in levels if model is not None]


def _by_rules(work: Work, share: float) -> bytes:
    with work.open("read") as source:
        return work.services.sandbox.run(
            "pipeline.extraction.task:extract_by_rules",
            source,
            {"schema": work.job.schema_body},
            progress=lambda done: work.progress(share * done),
            cancelled=work.cancelled,
        )


def _cascade(work: Work, models: list[tuple[str, ChatModel]]) -> Cascade:
    settings = work.services.settings.extraction
    assert work.job.schema_body is not None, "the stage is only planned where there is a schema"
    schema = dict(work.job.schema_body)
    source = DocumentSource(open=lambda: work.open("read"), render=partial(page_pictures, work), schema=schema)

    def level(place: int, model: ChatModel) -> ModelLevel:
        begin, share = RULES_SHARE + (1 - RULES_SHARE) * place / len(models), (1 - RULES_SHARE) / len(models)
        return ModelLevel(
            model,
            source,
            work.services.sandbox,
            settings,
            progress=lambda done: work.progress(begin + share * done),
            stopped=work.cancelled,
        )

    return Cascade(
        levels=[(name, partial(level, place, model)) for place, (name, model) in enumerate(models)],
        schema=schema,
        accept=settings.accept if settings.cascade else ALL_LEVELS,
        gives_up=work.gives_up,
    )
