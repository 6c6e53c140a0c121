"""What is missing is told with its pages."""

import pytest

from pipeline.extraction.model.answers import Gap
from pipeline.extraction.model.gaps import gap_notices, spelled


@pytest.mark.parametrize(
    ("numbers", "text"), [([3], "page 3"), ([1, 2, 3, 7], "pages 1 to 3, 7"), ([2, 4], "pages 2, 4")]
)
def test_pages_are_spelled_as_runs(numbers, text):
    assert spelled(numbers) == text


def test_one_notice_a_reason_with_all_its_pages():
    gaps = [
        Gap(parts=(4,), reason="answer-refused"),
        Gap(parts=(1, 2), reason="answer-cut"),
        Gap(parts=(2, 3), reason="answer-cut"),
    ]
    cut, refused = gap_notices(gaps)
    assert (cut.code, refused.code) == ("answer-cut", "answer-refused")
    assert "pages 1 to 3" in cut.message
    assert refused.where == "page 4"
