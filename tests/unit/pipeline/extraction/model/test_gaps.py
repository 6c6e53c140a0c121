"""What is missing is told with its pages."""

from pipeline.extraction.model.answers import Gap
from pipeline.extraction.model.gaps import gap_notices


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
