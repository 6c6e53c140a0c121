import json
from typing import Any

import pytest

from pipeline.errors import AnswerCut, AnswerInvalid, ContextExceeded, JobCancelled, ModelRefused
from pipeline.models.chat import ChatModel, ImagePart
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.traced import TracedChat
from pipeline.prompting.profiles import Profile
from pipeline.summarizing.notes import MOST_SENTENCES, Note, Reduced, Told, schema_of
from pipeline.summarizing.written import ANSWER_TOKENS, Summarizer
from pipeline.tracing.current import spanned
from tests.support.traces import Recorder

PAGE = "word " * 400
SMALL = 4 * ANSWER_TOKENS
"""A context that holds a few such pages."""


class Pages:
    def text(self, number: int) -> str:
        return f"This is page {number}. {PAGE}"

    def images(self, wanted: dict[int, tuple[int, int]]) -> dict[int, ImagePart]:
        raise AssertionError("nothing here needs its picture")


def pages(model: ChatModel, count: int) -> list[Profile]:
    tokens = model.tokens.text(Pages().text(100))
    return [Profile(number=n, text_tokens=tokens, words=400, width=595, height=842) for n in range(1, count + 1)]


def told(*notes: tuple[str, int]) -> dict[str, Any]:
    return {"sentences": [{"text": text, "page": page, "quote": text} for text, page in notes]}


def drawn(*sentences: tuple[str, list[int]]) -> dict[str, Any]:
    return {"sentences": [{"text": text, "notes": notes} for text, notes in sentences]}


def summarize(*steps: Step, count: int = 1, context: int = 131_072, **more: Any) -> list[Note]:
    model = ScriptedChatModel(Script(steps=list(steps), context_tokens=context))
    summarizer = Summarizer(model=model, material=Pages(), language="English", **more)
    return summarizer.summarize(pages(model, count))


def test_what_fits_is_summarized_in_one_pass() -> None:
    notes = summarize(Step(value=told(("Rent is due.", 1), ("It rises.", 2)), when="page 2"), count=2)
    assert [(note.text, note.page) for note in notes] == [("Rent is due.", 1), ("It rises.", 2)]


def test_what_does_not_fit_is_noted_window_by_window_and_reduced() -> None:
    notes = summarize(
        Step(value=told(("Early.", 1)), when="This is page 1."),
        Step(value=told(("Late.", 40)), when="This is page 40."),
        Step(value=drawn(("Late, then early.", [99, 2]), ("Of nothing.", [77]), ("Early.", [1])), when="<notes>"),
        *[Step(value=told())] * 20,
        count=40,
        context=SMALL,
    )
    assert [note.text for note in notes] == ["Late, then early.", "Early."]
    assert [note.quote for note in notes] == ["Late.", "Early."]


def test_more_notes_than_fit_are_reduced_more_than_once() -> None:
    many = told(*((f"Sentence {n} " + "of many words " * 12, 1) for n in range(25)))
    model = ScriptedChatModel(
        Script(
            steps=[
                *[Step(value=many, when="<page")] * 30,
                *[Step(value=drawn(("Together.", [1])), when="<notes>")] * 10,
            ],
            context_tokens=SMALL,
        )
    )
    summarizer = Summarizer(model=model, material=Pages(), language="English")
    notes = summarizer.summarize(pages(model, 120))
    assert {note.text for note in notes} == {"Together."}
    assert len(notes) == 1


def test_an_answer_that_is_not_what_was_asked_for_is_mended_once() -> None:
    steps = (
        Step(text='{"sentences": [{"text": "No page."}]}'),
        Step(value=told(("Fine.", 1)), when="sentences.0.page"),
    )
    assert [note.text for note in summarize(*steps)] == ["Fine."]
    with pytest.raises(AnswerInvalid):
        summarize(Step(text="no JSON"), Step(text="none either"))


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step(behave="cut", value=told(("a " * 100, 1))), AnswerCut),
        (Step(behave="loop"), AnswerCut),
        (Step(behave="refuse"), ModelRefused),
    ],
)
def test_an_answer_that_is_none_is_told_apart(step: Step, error: type[Exception]) -> None:
    with pytest.raises(error):
        summarize(step)


def test_a_failing_window_ends_the_summary() -> None:
    with pytest.raises(AnswerInvalid):
        summarize(*[Step(text="nonsense")] * 40, count=40, context=SMALL)


def test_a_context_without_room_for_a_page_is_said_at_once() -> None:
    with pytest.raises(ContextExceeded):
        summarize(context=2 * ANSWER_TOKENS)


def test_a_cancelled_summary_stops() -> None:
    with pytest.raises(JobCancelled):
        summarize(Step(behave="slow", seconds=60, value=told()), stopped=lambda: True)


def test_no_more_sentences_than_were_asked_for() -> None:
    notes = summarize(Step(value=told(*((f"Sentence {n}.", 1) for n in range(20)))))
    assert len(notes) == MOST_SENTENCES


@pytest.mark.parametrize("model", [Told, Reduced])
def test_schemas_have_no_references_and_are_closed(model: type) -> None:
    text = json.dumps(schema_of(model))
    assert "$ref" not in text
    assert "$defs" not in text
    assert text.count('"additionalProperties": false') == 2


def test_requests_for_notes_that_are_asked_side_by_side_are_traced_below_their_stage() -> None:
    recorder = Recorder()
    script = Script(steps=[Step(value=told())], context_tokens=SMALL, at_end="repeat")
    model = TracedChat(ScriptedChatModel(script), recorder.tracer)
    with spanned(recorder.tracer, "stage summarize", "consumer", parent=None) as stage:
        Summarizer(model=model, material=Pages(), language="English").summarize(pages(model, 40))
    assert stage.context is not None
    requests = recorder.named("chat scripted")
    assert len(requests) > 1
    assert {span.parent for span in requests} == {stage.context.span_id}
