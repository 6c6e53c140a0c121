"""Answers by a chat model: what it may say, and what is left out."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.answering.answer import NOT_FOUND
from pipeline.answering.ask import ask, whole_answer
from pipeline.models.chat import ChatModel, ChatRequest
from pipeline.models.hashing import HashingEmbedder
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from schemas.answers import Answer, AnswerEvent, AnswerRequest
from tests.support.corpus import SmallCorpus, written

LEASE = written(
    ("heading", "Lease", 1),
    "The rent is 1,200.00 EUR a month, due on the first working day.",
    "The tenant pays a deposit of 3,600.00 EUR.",
    ("heading", "Term", 2),
    "The lease begins on 1 May 2025 and ends on 30 April 2028.",
)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallCorpus]:
    made = SmallCorpus(tmp_path, HashingEmbedder())
    made.add("lease.pdf", LEASE)
    made.add("secret.pdf", written("The rent of the palace is 9 EUR."), workspace_id="other")
    with closing(made.vectors):
        yield made


class Asked(ScriptedChatModel):
    """Remembers what it was shown."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(Script(model="llama", steps=list(steps)))
        self.requests: list[ChatRequest] = []

    def stream(self, request, stopped=lambda: False):
        self.requests.append(request)
        return super().stream(request, stopped)

    @property
    def shown(self) -> str:
        return "\n".join(
            part for message in self.requests[-1].messages for part in message.parts if isinstance(part, str)
        )


def events(small: SmallCorpus, model: ChatModel | None, question: str = "What is the rent?") -> list[AnswerEvent]:
    return list(ask(AnswerRequest(question=question), workspace_id="w", corpus=small.corpus, chat=model))


def answered(small: SmallCorpus, text: str, question: str = "What is the rent?") -> Answer:
    return whole_answer(iter(events(small, Asked(Step(text=text)), question)))


def number_of(small: SmallCorpus, words: str) -> int:
    """The number under which the model is shown the passage with these words."""
    model = Asked(Step(text="NOT IN THE DOCUMENTS"))
    events(small, model)
    before = model.shown[: model.shown.index(words)]
    return int(before.rsplit('number="', 1)[1].split('"', 1)[0])


def test_an_answer_is_the_models_words_with_citations_to_what_was_read(small: SmallCorpus) -> None:
    number = number_of(small, "1,200.00 EUR")
    found = answered(small, f"The monthly rent is 1,200.00 EUR. [{number}]")
    assert found.answered
    assert found.text == "The monthly rent is 1,200.00 EUR. [1]"
    [citation] = found.citations
    assert citation.quote.startswith("The rent is 1,200.00 EUR a month")
    assert citation.evidence
    assert (found.produced_by["model"], found.produced_by["prompt"]) == ("llama", "answer-1")


def test_events_come_in_order_and_the_tokens_are_the_text(small: SmallCorpus) -> None:
    number = number_of(small, "1,200.00 EUR")
    text = f"The rent is 1,200.00 EUR a month. [{number}] The deposit is 3,600.00 EUR. [{number}]"
    found = events(small, Asked(Step(text=text)))
    assert [event.type for event in found] == ["retrieved", "token", "citation", "token", "citation", "done"]
    assert "".join(event.text for event in found if event.type == "token") == found[-1].answer.text
    assert [citation.quote[:10] for citation in found[-1].answer.citations] == ["The rent i", "The tenant"]


@pytest.mark.parametrize(
    "said",
    [
        "The rent is 1,200.00 EUR.",  # cites nothing
        "The rent is 1,200.00 EUR. [40]",  # cites what was not shown
        "The rent is 1,250.00 EUR. [{n}]",  # a figure that is not there
        "Bananas grow on trees. [{n}]",  # not what the passage says
        "NOT IN THE DOCUMENTS",
        "NOT IN THE DOCUMENTS [{n}]",
        "",
    ],
)
def test_what_no_retrieved_passage_holds_is_not_said(small: SmallCorpus, said: str) -> None:
    found = answered(small, said.format(n=number_of(small, "1,200.00 EUR")))
    assert (found.answered, found.text, found.citations) == (False, NOT_FOUND, [])


def test_a_sentence_left_out_is_warned_of_and_the_others_stay(small: SmallCorpus) -> None:
    number = number_of(small, "1,200.00 EUR")
    found = answered(small, f"The rent is 1,200.00 EUR a month. [{number}] The moon is 42 km away. [{number}]")
    assert found.text == "The rent is 1,200.00 EUR a month. [1]"
    assert [warning.code for warning in found.warnings] == ["unsupported-left-out"]


def test_a_sum_may_be_said_beside_the_figures_it_was_made_of(small: SmallCorpus) -> None:
    number = number_of(small, "1,200.00 EUR")
    found = answered(small, f"The rent of 1,200.00 EUR and the deposit of 3,600.00 EUR make 4,800.00 EUR. [{number}]")
    assert found.answered


def test_the_model_sees_no_other_workspace(small: SmallCorpus) -> None:
    model = Asked(Step(text="NOT IN THE DOCUMENTS"))
    events(small, model)
    assert "palace" not in model.shown


def test_a_model_that_fails_is_stood_in_for_by_quotes(small: SmallCorpus) -> None:
    found = events(small, Asked(Step(behave="crash")))
    assert [warning.code for warning in found[-1].answer.warnings] == ["model-unavailable"]
    assert found[-1].answer.produced_by["reader"]


def test_an_answer_cut_at_its_limit_says_so(small: SmallCorpus) -> None:
    number = number_of(small, "1,200.00 EUR")
    said = f"The rent is 1,200.00 EUR a month. [{number}] " + "and so on " * 500
    found = answered(small, said)
    assert {warning.code for warning in found.warnings} == {"answer-cut", "unsupported-left-out"}
    assert found.answered


def test_without_passages_the_model_is_not_asked(small: SmallCorpus) -> None:
    model = Asked()
    request = AnswerRequest(question="What is the rent?")
    found = whole_answer(ask(request, workspace_id="empty", corpus=small.corpus, chat=model))
    assert (found.answered, model.requests) == (False, [])


@pytest.mark.parametrize(
    ("question", "said", "foreign"),
    [
        ("Is the rent 9,999.00 EUR?", "The rent is 9,999.00 EUR a month.", "9,999.00 EUR"),
        ("What are rent and deposit?", "The rent of 1,200.00 EUR and the deposit of 3,600.00 EUR are 4,801.", "4,801"),
    ],
)
def test_a_figure_that_no_cited_passage_holds_is_told(
    small: SmallCorpus, question: str, said: str, foreign: str
) -> None:
    cited = "".join(f"[{number}]" for number in range(1, 4))
    found = answered(small, f"{said} {cited}", question)
    [warning] = found.warnings
    assert warning.code == "figures-not-cited"
    assert warning.message.endswith(f": {foreign}.")


def test_figures_that_are_cited_need_no_warning(small: SmallCorpus) -> None:
    assert answered(small, "The rent is 1.200 EUR. [1][2][3]", "Is the rent 9,999.00 EUR?").warnings == []
