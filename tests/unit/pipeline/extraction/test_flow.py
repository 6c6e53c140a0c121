"""Running text knows where each of its characters was read."""

import pytest

from pipeline.extraction.flow import Flow
from schemas.evidence import PageEvidence, TextEvidence


def test_passages_stand_on_lines_of_their_own(flow_of):
    assert flow_of("One two.", "Three.").text == "One two.\nThree."


def test_characters_are_placed_in_the_content_text(written):
    document = written("One two.", "Three.")
    flow = Flow.of(document)
    start = flow.text.index("Three")
    (place,) = flow.evidence(start, start + 5)
    assert isinstance(place, TextEvidence)
    assert document.text[place.start : place.end] == place.quote == "Three"


def test_a_stretch_over_two_lines_of_a_page_is_one_place_with_two_boxes(drawn):
    flow = Flow.of(drawn("first line\nsecond line"))
    (place,) = flow.evidence(flow.text.index("line"), flow.text.index("second") + 6)
    assert isinstance(place, PageEvidence)
    assert (place.quote, len(place.boxes)) == ("line second", 2)


def test_a_stretch_over_two_pages_is_two_places(drawn):
    flow = Flow.of(drawn("one", "two"))
    assert [place.page for place in flow.evidence(0, len(flow.text))] == [1, 2]


def test_running_heads_are_left_out(drawn):
    document = drawn("head\nbody")
    document.pages[0].blocks[0].kind = "header"
    assert Flow.of(document).text == "body"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (0, 99), (-1, 2)])
def test_characters_that_do_not_exist_have_no_place(flow_of, start, end):
    with pytest.raises(ValueError, match="no characters"):
        flow_of("text").evidence(start, end)


def test_folded_text_has_the_same_offsets(flow_of):
    flow = flow_of("Échéance À")
    assert flow.folded == "echeance a"
