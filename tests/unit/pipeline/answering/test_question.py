import pytest

from pipeline.answering.question import Question


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("When was it signed?", "It was signed on 3 March 2023.", "It was signed in Bristol."),
        ("Wann wurde sie unterschrieben?", "Am 3. Oktober 2020.", "In Bremen."),
        ("What is the total of the invoice?", "Total due 1,724.40", "Invoice date: 15 May 2024"),
        ("How much does it cost?", "It costs £40.", "It costs nothing."),
        ("How many wheels are there?", "There are four wheels.", "There are wheels."),
        ("Who signed it?", "It was signed by Ada Lovelace.", "It was signed by the tenant."),
    ],
)
def test_an_answer_must_hold_the_kind_of_thing_that_is_asked_for(question: str, holds: str, lacks: str) -> None:
    assert Question(question).suits(holds) == 1
    assert Question(question).suits(lacks) == -1


def test_what_the_question_names_is_no_answer() -> None:
    assert Question("When was invoice 2024 sent?").suits("Invoice 2024") == -1
    assert Question("Who is the manager of Ada Lovelace?").suits("The notes of Ada Lovelace") == -1


def test_any_text_may_answer_another_question() -> None:
    assert Question("Which law governs the agreement?").suits("English law.") == 0


def test_words_before_the_first_preposition_are_asked_for() -> None:
    words = Question("What is the total of the invoice?").words
    assert [(sorted(word.terms), word.asked) for word in words] == [(["total"], True), (["invoic"], False)]
    assert not any(word.asked for word in Question("Which law governs it?").words)


def test_identifiers_are_known_and_left_out_of_the_bare_question() -> None:
    question = Question("What is the total of INV-2024-0042?")
    identifying = {term for word in question.words if word.identifies for term in word.terms}
    assert identifying == {"inv-2024-0042", "inv", "2024", "0042"}
    assert question.bare == "What is the total of"
    assert Question("2024").bare == "2024"


def test_a_word_is_held_by_any_of_its_terms() -> None:
    (word,) = Question("Verträge").words
    assert word.held_by({"vertrag"})
    assert not word.held_by({"total"})
