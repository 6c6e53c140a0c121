import pytest

from pipeline.answering.followups import by_rules, standalone
from pipeline.errors import JobCancelled
from pipeline.models.scripted import Script, ScriptedChatModel, Step

BEFORE = "How long is the notice period in the Northwind lease?"


@pytest.mark.parametrize(
    "question", ["And the rent?", "How much is it?", "Who signed?", "Und die Miete?", "What about that deposit there?"]
)
def test_a_question_that_leans_on_the_one_before_takes_along_what_that_was_about(question: str) -> None:
    assert by_rules(question, ["What is 1 + 1?", BEFORE]) == f"{question} (Northwind lease)"


@pytest.mark.parametrize(
    "question",
    [
        "What is the total of invoice INV-2024-0042?",
        "When does the contract with Harbour Foods plc end?",
        "What does Article 7 say about penalties?",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    assert by_rules(question, [BEFORE]) == question


def test_what_the_question_says_itself_is_not_repeated() -> None:
    assert by_rules("And the Northwind rent?", [BEFORE]) == "And the Northwind rent? (lease)"


def test_without_earlier_questions_nothing_is_asked() -> None:
    assert standalone("And the rent?", [], ScriptedChatModel(Script(steps=[]))) == "And the rent?"


def test_a_model_writes_it_and_is_shown_the_conversation() -> None:
    model = ScriptedChatModel(Script(steps=[Step(text="What is the rent in the Northwind lease?\n", when=BEFORE)]))
    assert standalone("And the rent?", [BEFORE], model) == "What is the rent in the Northwind lease?"


@pytest.mark.parametrize("step", [Step(behave="crash"), Step(behave="refuse"), Step(behave="loop"), Step(text="  ")])
def test_a_model_that_does_not_is_stood_in_for_by_rules(step: Step) -> None:
    model = ScriptedChatModel(Script(steps=[step]))
    assert standalone("And the rent?", [BEFORE], model) == "And the rent? (Northwind lease)"


def test_a_client_that_has_gone_ends_it() -> None:
    model = ScriptedChatModel(Script(steps=[Step(behave="slow", seconds=9, text="x")]))
    with pytest.raises(JobCancelled):
        standalone("And the rent?", [BEFORE], model, lambda: True)
