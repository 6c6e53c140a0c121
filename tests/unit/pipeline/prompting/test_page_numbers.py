import pytest

from pipeline.prompting.page_numbers import spelled


@pytest.mark.parametrize(
    ("numbers", "text"), [([3], "page 3"), ([1, 2, 3, 7], "pages 1 to 3, 7"), ([2, 4], "pages 2, 4")]
)
def test_pages_are_spelled_as_runs(numbers, text):
    assert spelled(numbers) == text
