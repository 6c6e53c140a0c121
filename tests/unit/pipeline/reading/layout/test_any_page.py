"""Whatever an engine reports, a page comes out whole."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading.layout.assemble import finish, place
from pipeline.reading.layout.marks import Marks
from pipeline.reading.reader import parse_document
from pipeline.reading.task import as_json
from schemas.documents import Document

PLACES = st.integers(-20, 620).map(float) | st.sampled_from([50.0, 200.0, 350.0, 1e6, -1e6])
SIZES = st.integers(0, 90).map(float) | st.sampled_from([12.0] * 8)
TEXTS = st.sampled_from(["word", "12.50", "Total:", "•", "1.", "x", "", "2026", "LONGER-TEXT", "\ufffd", "3.1", "."])
BOXES = st.tuples(PLACES, PLACES, SIZES, SIZES).map(lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3]))


@st.composite
def pages(draw):
    words = draw(st.lists(st.tuples(TEXTS, BOXES, st.booleans()), max_size=40))
    vectors = draw(st.lists(BOXES, max_size=12))
    boxes = np.array([box for _, box, _ in words]).reshape(-1, 4)
    return Marks(
        width=600.0,
        height=600.0,
        text=[text for text, _, _ in words],
        boxes=boxes,
        line=np.cumsum([begins for _, _, begins in words], dtype=np.int64),
        size=boxes[:, 3] - boxes[:, 1],
        bold=np.array([begins for _, _, begins in words], np.bool_),
        confidence=draw(st.none() | st.just(np.full(len(words), 0.5))),
        vectors=np.array(vectors).reshape(-1, 4),
        turn=draw(st.sampled_from([0, 0, 0, 1, 2, 3])),
        skew=draw(st.sampled_from([0.0, 0.0, 0.02, -0.5])),
    )


@given(pages())
@settings(max_examples=150, deadline=None)
def test_every_word_is_in_exactly_one_block_and_the_answer_is_accepted(marks):
    [page] = finish([place(marks, 1, "text")])
    assert sorted(page.words.text) == sorted(marks.text)
    assert page.words.line == sorted(page.words.line)
    edges = [0, *(block.stop for block in page.blocks)]
    assert [block.start for block in page.blocks] == edges[:-1]
    assert edges[-1] == len(marks)
    parse_document(as_json(Document.model_construct(shape="pages", media_type="application/pdf", pages=[page])))
