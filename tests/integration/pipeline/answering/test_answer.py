"""Answers with the real embedder: the threshold means nothing without it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.answering.answer import NOT_FOUND
from pipeline.answering.ask import ask as ask_corpus
from pipeline.answering.ask import whole_answer
from pipeline.models.hashing import HashingEmbedder
from pipeline.models.minilm import MiniLM
from schemas.answers import Answer, AnswerRequest, Filters
from tests.support.corpus import SmallCorpus, spoken, written


def invoice(number: str, seller: str, date: str, total: str) -> tuple:
    return (
        ("heading", seller, 1),
        f"Invoice number: {number}",
        f"Invoice date: {date}",
        ("table", "Description | Quantity | Amount\nOak desk | 2 | 900.00\nDelivery | 1 | 35.00"),
        f"Total due {total} GBP",
        "Please pay by bank transfer within 30 days.",
    )


AGREEMENT = written(
    ("heading", "Service Agreement", 1),
    "This Agreement is made on 3 March 2023 between Northwind Analytics Ltd. and Harbour Foods plc.",
    ("heading", "1. Term", 2),
    "This Agreement begins on 1 April 2023 and continues for three years. Either party may terminate it by giving "
    "ninety days' written notice.",
    ("heading", "2. Fees", 2),
    "The Client shall pay a monthly fee of £4,200. Late payments bear interest at 4 % a year.",
    ("heading", "3. Governing Law", 2),
    "This Agreement is governed by the laws of England and Wales.",
)
MEETING = spoken(
    "welcome to the meeting about the warehouse",
    "we decided to move to the new warehouse in september",
    "maria will order the shelves by friday",
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCorpus]:
    made = SmallCorpus(tmp_path_factory.mktemp("corpus"), MiniLM(tmp_path_factory.mktemp("models")))
    made.add("desk.pdf", written(*invoice("INV-2024-0042", "Fernwood Furniture", "15 May 2024", "1,724.40")))
    made.add("kitchen.pdf", written(*invoice("BK-77", "Brightside Kitchens", "2 April 2024", "980.00")))
    made.add("agreement.pdf", AGREEMENT, collection="contracts")
    made.add("meeting.wav", MEETING)
    made.add("secret.pdf", written("The safe's combination is 7-23-11."), workspace_id="other")
    with closing(made.vectors):
        yield made


def ask(small: SmallCorpus, question: str, **more) -> Answer:
    wanted = AnswerRequest(question=question, **more)
    return whole_answer(ask_corpus(wanted, workspace_id="w", corpus=small.corpus, chat=None))


@pytest.mark.parametrize(
    ("question", "expected", "document"),
    [
        ("When does the agreement begin?", "1 April 2023", "agreement.pdf"),
        ("Which law governs the agreement?", "England and Wales", "agreement.pdf"),
        ("What is the monthly fee?", "£4,200", "agreement.pdf"),
        ("What is the notice period for termination?", "ninety days", "agreement.pdf"),
        ("What is the total of invoice INV-2024-0042?", "1,724.40", "desk.pdf"),
        ("When was invoice BK-77 issued?", "2 April 2024", "kitchen.pdf"),
        ("Who will order the shelves?", "maria", "meeting.wav"),
        ("When do we move to the new warehouse?", "september", "meeting.wav"),
    ],
)
def test_a_question_whose_answer_is_there_gets_it_with_its_place(
    small: SmallCorpus, question: str, expected: str, document: str
) -> None:
    found = ask(small, question)
    assert found.answered
    assert expected in found.text
    first = found.citations[0]
    assert first.document_name == document
    assert expected in first.quote
    assert expected in " ".join(place.quote for place in first.evidence)


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "What is the penalty for early termination of the lease?",
        "What is the total of invoice INV-2024-0099?",
        "How tall is the Eiffel Tower?",
        "xyzzy",
        "?",
    ],
)
def test_a_question_whose_answer_is_not_there_gets_none(small: SmallCorpus, question: str) -> None:
    found = ask(small, question)
    assert (found.answered, found.text, found.citations) == (False, NOT_FOUND, [])


def test_the_place_of_a_cited_sentence_is_that_of_the_sentence_alone(small: SmallCorpus) -> None:
    (place,) = ask(small, "What is the monthly fee?").citations[0].evidence
    assert AGREEMENT.text[place.start : place.end] == "The Client shall pay a monthly fee of £4,200."
    (place,) = ask(small, "Who will order the shelves?").citations[0].evidence
    assert (place.start, place.end) == (10.0, 15.0)


def test_a_sentence_that_points_back_is_quoted_with_the_one_before(small: SmallCorpus) -> None:
    small.add("tower.txt", written("The old lighthouse stands on Gull Island. It was built by Amos Tarr in 1871."))
    assert ask(small, "Who built the lighthouse?").text.startswith("The old lighthouse stands on Gull Island. It was")
    small.delete("tower.txt")


def test_another_workspace_answers_nothing(small: SmallCorpus) -> None:
    assert not ask(small, "What is the safe's combination?").answered


def test_filters_narrow_what_answers(small: SmallCorpus) -> None:
    question = "What is the total of invoice INV-2024-0042?"
    assert not ask(small, question, filters=Filters(collection="contracts")).answered
    assert ask(small, "What is the monthly fee?", filters=Filters(collection="contracts")).answered


def test_a_deleted_document_answers_nothing(small: SmallCorpus) -> None:
    small.add("zebra.txt", written("Zebras have black and white stripes."))
    assert ask(small, "What colour are the stripes of zebras?").answered
    small.delete("zebra.txt")
    assert not ask(small, "What colour are the stripes of zebras?").answered


def test_the_same_sentence_is_cited_once_and_no_more_than_three_are(small: SmallCorpus) -> None:
    citations = ask(small, "How should one pay, by bank transfer?").citations
    assert 1 <= len(citations) <= 3
    assert len({citation.quote for citation in citations}) == len(citations)


def test_an_answer_names_what_made_it(small: SmallCorpus) -> None:
    made_by = ask(small, "What is the monthly fee?").produced_by
    assert made_by == {"reader": "extractive-1", "embedder": small.corpus.embedder.name}


def test_an_empty_corpus_answers_nothing(tmp_path: Path) -> None:
    empty = SmallCorpus(tmp_path / "vectors", HashingEmbedder())
    with closing(empty.vectors):
        assert not ask(empty, "What is the total?").answered
