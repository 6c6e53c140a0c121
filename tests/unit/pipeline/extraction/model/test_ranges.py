"""Which stretch of the running text a part is."""

from pipeline.extraction.flow import Flow
from pipeline.extraction.model.ranges import PartRanges


def test_pages_are_ranged_exactly(drawn):
    flow = Flow.of(drawn("first words", "second words\nand more", "third"))
    ranges = PartRanges(flow, {1: 5, 2: 5, 3: 5})
    assert flow.text[slice(*ranges.of((2,)))].split() == ["second", "words", "and", "more"]
    assert flow.text[slice(*ranges.of((1, 2)))].startswith("first")
    assert ranges.begin((3,)) == flow.text.index("third")


def test_a_page_without_words_is_nowhere(drawn):
    assert PartRanges(Flow.of(drawn("words", "")), {1: 1, 2: 0}).of((2,)) == (0, 0)


def test_parts_without_pages_are_ranged_by_their_share_with_some_slack(written):
    flow = Flow.of(written(*(f"{i:04d} " + "x" * 95 for i in range(400))))
    ranges = PartRanges(flow, {1: 100, 2: 100, 3: 200})
    start, end = ranges.of((2,))
    assert start < len(flow.text) * 0.25 < ranges.begin((2,)) + 200
    assert len(flow.text) * 0.5 < end < len(flow.text)
    assert ranges.of((1, 2, 3)) == (0, len(flow.text))
