"""Chunks that follow one another become one passage, with all of their places."""

import re
from collections.abc import Sequence

import pytest

from pipeline.answering.citations import also_in, quoted
from pipeline.answering.neighbours import LONGEST, joined
from pipeline.answering.passage import Passage, Twin
from pipeline.indexing.anchors import locate
from pipeline.indexing.chunking import chunk
from schemas.documents import Block, Cell, Document, Page, Segment, Sheet, SheetCell, Table
from tests.support.corpus import spoken, written
from tests.support.passages import passage


def cut(document: Document, words: int, *, name: str = "d") -> list[Passage]:
    """A document's chunks of so many words, in order."""
    return [
        passage(one.text, one.number, name, section=one.section, anchors=one.anchors, score=1 / (1 + one.number))
        for one in chunk(document, lambda text: len(text.split()), words)
    ]


def texts(passages: Sequence[Passage], limit: int = 10) -> list[str]:
    return [one.chunk.text for one in joined(passages, limit)]


def test_neighbours_are_one_in_the_place_of_the_better_with_its_score_and_id() -> None:
    found = joined([passage("b", 5, score=0.9), passage("x", 0, "e", score=0.8), passage("a", 4, score=0.7)], 10)
    assert [(one.chunk.text, one.chunk.id, one.score) for one in found] == [("a\nb", "d5", 0.9), ("x", "e0", 0.8)]
    assert [one.chunk_ids for one in found] == [["d4", "d5"], ["e0"]]


def test_a_passage_between_two_joins_both() -> None:
    assert texts([passage("c", 3), passage("a", 1), passage("x", 9), passage("b", 2)]) == ["a\nb\nc", "x"]


@pytest.mark.parametrize(
    "other", [passage("b", 3), passage("b", 1), passage("b", 2, "e"), passage("b", 2, revision=2), passage("b", 0, "e")]
)
def test_what_does_not_follow_in_the_same_revision_of_the_same_document_stays_apart(other: Passage) -> None:
    assert texts([passage("a", 1), other]) == ["a", "b"]


def test_a_joined_text_has_a_longest() -> None:
    half = "x" * (LONGEST // 2)
    assert [len(text) for text in texts([passage(half, 1), passage(half, 2), passage(half, 3)])] == [
        LONGEST + 1,
        LONGEST // 2,
    ]


def test_five_hundred_neighbours_become_passages_of_a_bounded_length() -> None:
    found = joined([passage("word " * 100, number) for number in range(500)], 100)
    assert len(found) == 84
    assert all(len(one.chunk.text) <= LONGEST + 10 for one in found)
    assert sorted(int(name[1:]) for one in found for name in one.chunk_ids) == [*range(500)]


def test_so_many_are_found_as_are_wanted_whatever_was_joined() -> None:
    found = [passage("a", 1), passage("b", 2), passage("x", 0, "e"), passage("y", 0, "f"), passage("c", 3)]
    assert texts(found, limit=2) == ["a\nb", "x"]
    assert texts(found, limit=3) == ["a\nb\nc", "x", "y"]
    assert texts(found[:2], limit=1) == ["a\nb"]


def test_a_text_is_put_together_as_it_stood_and_placed_where_it_stood() -> None:
    source = "One two three. Four five six.\n\nSeven eight nine. Ten eleven twelve."
    document = written(*source.split("\n\n"))
    chunks = cut(document, 3)
    assert len(chunks) == 4
    (one,) = joined(chunks[::-1], 10)
    assert one.chunk.text == source
    for place in locate(one.chunk.text, one.chunk.anchors):
        assert source[place.start : place.end] == place.quote  # type: ignore[union-attr]


def test_a_word_that_was_cut_is_whole_again() -> None:
    word = "x" * 200
    document = written(f"Before {word} after.")
    chunks = [
        passage(one.text, one.number, anchors=one.anchors)
        for one in chunk(document, lambda text: len(text.replace(" ", "")), 50)
    ]
    assert len(chunks) > 3
    assert texts(chunks) == [f"Before {word} after."]


ROWS = [["Item", "Price"], *([f"thing{n}", f"{n}.50"] for n in range(30))]
SHEET = Document(
    shape="sheets",
    media_type="text/csv",
    sheets=[
        Sheet(
            name="s",
            cells=[
                SheetCell(row=r, column=c, ref=f"{'AB'[c]}{r + 1}", text=text)
                for r, row in enumerate(ROWS)
                for c, text in enumerate(row)
            ],
        )
    ],
)


def _page() -> Document:
    cells = [
        Cell(row=r, column=c, text=text, box=(c / 2, r / 31, c / 2 + 0.4, (r + 0.9) / 31))
        for r, row in enumerate(ROWS)
        for c, text in enumerate(row)
    ]
    table = Table(rows=31, columns=2, cells=cells, header_rows=1)
    blocks = [Block(kind="table", start=0, stop=0, box=(0, 0, 1, 1), table=table)]
    page = Page(number=1, width=600, height=800, source="text", blocks=blocks)
    return Document(shape="pages", media_type="application/pdf", pages=[page])


@pytest.mark.parametrize("document", [SHEET, _page()], ids=["sheet", "page"])
def test_the_repeated_header_of_a_table_is_said_once(document: Document) -> None:
    table = cut(document, 40)
    assert len(table) > 2
    assert all(one.chunk.text.startswith("Item | Price\n") for one in table)
    (one,) = joined(table, 10)
    whole = "\n".join(" | ".join(row) for row in ROWS)
    assert one.chunk.text == whole
    places = locate(one.chunk.text, one.chunk.anchors)
    assert re.sub(r"\W", "", "".join(place.quote for place in places)) == re.sub(r"\W", "", whole)


def test_turns_of_one_speaker_are_one_turn() -> None:
    said = [("Anna", "Hello there."), ("Anna", "All well?"), ("Ben", "Yes it is."), ("Ben", "And you?")]
    segments = [Segment(start=5.0 * n, end=5.0 * n + 5, text=text, speaker=name) for n, (name, text) in enumerate(said)]
    document = Document(shape="segments", media_type="audio/wav", segments=segments, seconds=20.0)
    chunks = cut(document, 4)
    assert len(chunks) == 4
    (one,) = joined(chunks, 10)
    assert one.chunk.text == "Anna: Hello there. All well?\nBen: Yes it is. And you?"
    (place,) = locate(one.chunk.text, one.chunk.anchors)
    assert (place.start, place.end) == (0, 20)  # type: ignore[union-attr]


def test_what_is_said_again_is_not_taken_for_an_overlap() -> None:
    assert texts(cut(spoken("no no no", "no no no"), 3)) == ["no no no no no no"]
    assert texts(cut(written("no no no", "no no no"), 3)) == ["no no no\n\nno no no"]


def test_the_section_is_what_all_stand_under() -> None:
    sections = ["Terms > Fees > Late", "Terms > Fees", "Terms > Fees > Due"]
    found = [passage("x", number, section=section) for number, section in enumerate(sections)]
    assert joined(found, 10)[0].chunk.section == "Terms > Fees"
    assert joined([*found, passage("x", 3)], 10)[0].chunk.section is None


def test_a_quote_names_the_chunks_that_hold_it_and_its_place() -> None:
    document = written("One two three four five six.", "Seven eight.")
    chunks = cut(document, 4)
    (one,) = joined(chunks, 10)
    text = one.chunk.text
    assert one.chunk_ids == [each.chunk.id for each in chunks] == ["d0", "d1", "d2"]
    citation = quoted(one, text.index("Seven"), len(text))
    assert (citation.chunk_id, citation.chunk_ids, citation.quote) == ("d2", ["d2"], "Seven eight.")
    citation = quoted(one, 0, text.index("six.") + 4)
    assert (citation.chunk_id, citation.chunk_ids) == ("d0", ["d0", "d1"])
    assert [place.quote for place in citation.evidence] == ["One two three four five six."]


def test_only_documents_that_hold_a_quote_are_named_with_it() -> None:
    twins = [
        Twin(passage("One two.  Three", 7, "e").chunk, exact=False),
        Twin(passage("One", 1, "f").chunk, exact=True),
    ]
    one = Passage(chunk=passage("One two. Three.").chunk, score=1.0, twins=twins)
    assert [(other.document_id, other.chunk_ids, other.exact) for other in also_in(one)] == [
        ("e", ["e7"], False),
        ("f", ["f1"], True),
    ]
    assert [other.document_id for other in quoted(one, 0, 8).also_in] == ["e"]


def test_a_joined_passage_keeps_the_twins_of_all_its_chunks() -> None:
    twins = [[Twin(passage("x", number, "e").chunk, exact=True)] for number in (1, 2)]
    chunks = [Passage(chunk=passage("x", n).chunk, score=1.0, twins=two) for n, two in enumerate(twins)]
    (other,) = also_in(joined(chunks, 10)[0])
    assert (other.document_id, other.chunk_ids) == ("e", ["e1", "e2"])


def test_the_best_chunk_can_be_had_alone() -> None:
    (one,) = joined([passage("b", 2), passage("a", 1)], 10)
    assert (one.alone().chunk.text, one.alone().chunk_ids) == ("b", ["d2"])
    assert passage("a").alone().chunk.text == "a"


@pytest.mark.parametrize("script", ["שלום עולם. ", "مرحبا بالعالم. ", ""])
def test_texts_of_any_direction_and_empty_ones_are_joined(script: str) -> None:
    found = joined([passage(script * 3, 1), passage(script, 2), passage("", 3)], 10)
    assert [one.chunk_ids for one in found] == [["d1", "d2", "d3"]]
    assert found[0].chunk.text.split() == (script * 4).split()
