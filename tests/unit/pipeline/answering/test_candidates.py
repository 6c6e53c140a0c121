from pipeline.answering.candidates import LONG, LONG_SPEECH, Candidate, candidates
from pipeline.answering.passage import Passage
from pipeline.indexing.chunking import chunk
from schemas.documents import Document
from tests.support.corpus import Chunk, spoken, written


def found(document: Document) -> list[Candidate]:
    """The candidates of a document's chunks, as the search would give them in order."""
    chunks = chunk(document, lambda text: len(text.split()), 500)
    passages = [
        Passage(
            chunk=Chunk(
                id=str(one.number),
                workspace_id="w",
                document_id="d",
                document_name="d",
                revision=1,
                number=one.number,
                text=one.text,
                section=one.section,
                anchors=one.anchors,
            ),
            score=1.0,
        )
        for one in chunks
    ]
    return list(candidates(passages))


def texts(document: Document) -> list[str]:
    return [candidate.text for candidate in found(document)]


def test_each_sentence_is_a_candidate_with_the_one_before() -> None:
    first, second = found(written("Cows give milk. Tractors plough."))
    assert (first.text, first.before) == ("Cows give milk.", "")
    assert (second.text, second.before) == ("Tractors plough.", "Cows give milk.")


def test_a_heading_is_context_and_no_candidate() -> None:
    (only,) = found(written(("heading", "1. Term", 1), "It lasts three years."))
    assert (only.text, only.before) == ("It lasts three years.", "1. Term")


def test_a_heading_that_holds_a_value_is_a_candidate() -> None:
    assert texts(written(("heading", "Total due 99.50", 1), "Thank you."))[0] == "Total due 99.50"


def test_a_sentence_that_points_back_opens_with_the_one_before() -> None:
    first, second = found(written("The tower stands in Paris. It was built in 1889."))
    assert first.opening == first.start
    assert second.opening == first.start


def test_a_sentence_does_not_open_with_a_heading() -> None:
    (only,) = found(written(("heading", "Term", 1), "This agreement lasts a year."))
    assert only.opening == only.start


def test_rows_are_read_with_the_names_of_their_columns() -> None:
    rows = found(written(("table", "Item | Price\nPen | 2.50\nInk | 7.00")))
    assert [row.text for row in rows] == ["Pen | 2.50", "Ink | 7.00"]
    assert [row.read for row in rows] == ["Item | Price\nPen | 2.50", "Item | Price\nInk | 7.00"]
    assert all(row.opening == row.start for row in rows)


def test_a_table_of_values_has_no_row_of_names() -> None:
    assert texts(written(("table", "Number | INV-1\nDate | 2024-05-01"))) == ["Number | INV-1", "Date | 2024-05-01"]


def test_a_lone_row_is_a_candidate() -> None:
    assert texts(written(("table", "Seller | Buyer"))) == ["Seller | Buyer"]


def test_speech_without_full_stops_is_cut_at_its_segments() -> None:
    said = [f"segment {i} " + "word " * 12 for i in range(6)]
    parts = texts(spoken(*(text.strip() for text in said)))
    assert len(parts) == 6
    assert all(len(part) <= LONG_SPEECH for part in parts)


def test_a_long_sentence_of_one_paragraph_stays_whole() -> None:
    long = "word " * LONG
    assert texts(written(long.strip())) == [long.strip()]


def test_marks_without_words_are_no_candidates() -> None:
    assert texts(written("*** . ---", "Words.")) == ["Words."]
