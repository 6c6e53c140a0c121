from pipeline.answering.marks import closing_marks, marks
from schemas.answers import Answer, Citation

CITATION = Citation(document_id="d", document_name="lease.pdf", chunk_id="c", quote="q", evidence=[])


def answer(text: str, citations: int) -> Answer:
    return Answer(question="q", answered=True, text=text, citations=[CITATION] * citations)


def test_marks_are_found_where_they_stand() -> None:
    assert list(marks("It is. [1][2] So [3].", 2)) == [(7, 10, 1), (10, 13, 2)]


def test_a_quoted_answer_is_closed_with_a_mark_for_each_citation() -> None:
    assert closing_marks(answer("It is so.", 2)) == " [1][2]"


def test_an_answer_that_has_marks_or_no_citations_gets_none() -> None:
    assert closing_marks(answer("It is. [1]", 2)) == ""
    assert closing_marks(answer("Nothing.", 0)) == ""


def test_a_bracket_of_the_document_is_no_mark() -> None:
    assert closing_marks(answer("As said in [12].", 1)) == " [1]"
