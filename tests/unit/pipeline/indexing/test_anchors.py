import json

import pytest

from pipeline.indexing.anchors import Slice, anchor, locate, trimmed
from pipeline.reading.passages import PagePassage, RowPassage, SpeechPassage, TextPassage
from schemas.documents import Segment, SheetCell
from schemas.evidence import CellEvidence, PageEvidence, TextEvidence, TimeEvidence

PAGE = PagePassage(
    text="Total due 12.50 on receipt",
    kind="paragraph",
    page=2,
    offsets=[0, 6, 10, 16, 19],
    boxes=[(0.1, 0.1, 0.2, 0.12), (0.22, 0.1, 0.3, 0.12), (0.4, 0.1, 0.5, 0.12), (0.1, 0.2, 0.15, 0.22), None],
    lines=[0, 0, 0, 1, 1],
)
TEXT = TextPassage(text="Some words here.", kind="paragraph", section=("Intro", "More"), offset=100)
ROW = RowPassage(
    text="Pen | 2.50 | blue",
    kind="table",
    sheet="Items",
    cells=[SheetCell(row=3, column=c, ref=f"{'ABC'[c]}4", text=t) for c, t in enumerate(["Pen", "2.50", "blue"])],
    offsets=[0, 6, 13],
)
SPEECH = SpeechPassage(
    text="we agreed on Friday", kind="paragraph", segment=Segment(start=10.0, end=29.0, text="we agreed on Friday")
)
PASSAGES = [PAGE, TEXT, ROW, SPEECH]


def stored(*parts: Slice) -> tuple[str, list]:
    """As SQL gives it back: text and anchors after a round trip through JSON."""
    text, anchors = "", []
    for part in parts:
        anchors.append(anchor(part, len(text)))
        text += part.text + "\n"
    return text, json.loads(json.dumps(anchors))


@pytest.mark.parametrize("passage", PASSAGES, ids=lambda p: type(p).__name__)
def test_every_stretch_of_a_stored_passage_is_where_the_passage_says(passage) -> None:
    text, anchors = stored(Slice(passage, 0, len(passage.text)))
    for start in range(len(passage.text)):
        for end in range(start + 1, len(passage.text) + 1):
            for found, expected in zip(locate(text, anchors, start, end), passage.evidence(start, end), strict=True):
                assert found.kind == expected.kind
                assert found.quote == expected.quote
                if isinstance(expected, TimeEvidence):
                    assert (found.start, found.end) == pytest.approx((expected.start, expected.end), abs=0.01)
                elif isinstance(expected, PageEvidence):
                    assert [pytest.approx(box, abs=1e-4) for box in expected.boxes] == found.boxes
                else:
                    assert found == expected


def test_a_slice_of_a_passage_is_placed_as_in_the_passage() -> None:
    text, anchors = stored(Slice(PAGE, 10, 26))
    assert text == "12.50 on receipt\n"
    (found,) = locate(text, anchors, 0, 5)
    assert found == PageEvidence(page=2, boxes=[(0.4, 0.1, 0.5, 0.12)], quote="12.50")
    text, anchors = stored(Slice(TEXT, 5, 15))
    assert locate(text, anchors, 0, 5) == [TextEvidence(start=105, end=110, quote="words", section="Intro > More")]
    text, anchors = stored(Slice(ROW, 6, 17))
    assert [place.ref for place in locate(text, anchors)] == ["B4", "C4"]
    text, anchors = stored(Slice(SPEECH, 3, 9))
    assert locate(text, anchors) == [TimeEvidence(start=13.0, end=19.0, quote="agreed")]


def test_a_stretch_over_two_slices_of_a_page_is_one_evidence() -> None:
    text, anchors = stored(Slice(PAGE, 0, 9), Slice(PAGE, 16, 26))
    (found,) = locate(text, anchors, 6, 12)
    assert found.quote == "due\non"
    assert len(found.boxes) == 2


def test_places_on_two_pages_are_two_evidences() -> None:
    other = PagePassage(text="end", kind="paragraph", page=3, offsets=[0], boxes=[(0, 0, 1, 1)], lines=[0])
    text, anchors = stored(Slice(PAGE, 0, 26), Slice(other, 0, 3))
    assert [place.page for place in locate(text, anchors)] == [2, 3]


def test_neighbouring_stretches_of_time_are_one() -> None:
    after = SpeechPassage(text="yes", kind="paragraph", segment=Segment(start=30.0, end=31.0, text="yes"))
    text, anchors = stored(Slice(SPEECH, 0, 19), Slice(after, 0, 3))
    assert locate(text, anchors) == [TimeEvidence(start=10.0, end=31.0, quote="we agreed on Friday\nyes")]


def test_neighbouring_paragraphs_of_a_text_are_one_and_distant_ones_two() -> None:
    after = TextPassage(text="Next.", kind="paragraph", section=("Intro", "More"), offset=118)
    far = TextPassage(text="Far.", kind="paragraph", section=("Intro", "More"), offset=500)
    text, anchors = stored(Slice(TEXT, 0, 16), Slice(after, 0, 5), Slice(far, 0, 4))
    assert [(place.start, place.end) for place in locate(text, anchors)] == [(100, 123), (500, 504)]


def test_what_was_not_read_has_no_place() -> None:
    text, anchors = stored(Slice(TEXT, 0, 16))
    assert locate(text, anchors, 16, 17) == []


def test_cells_are_quoted_by_their_own_text() -> None:
    text, anchors = stored(Slice(ROW, 0, 17))
    assert locate(text, anchors, 7, 9) == [CellEvidence(sheet="Items", ref="B4", quote="2.50")]


def test_white_space_is_trimmed_and_may_leave_nothing() -> None:
    passage = TextPassage(text="  a b \n", kind="paragraph", offset=0)
    assert trimmed(Slice(passage, 0, 7)) == Slice(passage, 2, 5)
    assert trimmed(Slice(passage, 5, 7)) is None
