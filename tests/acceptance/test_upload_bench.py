"""Uploads at the door: very many at once are held, and those that are too large are cut, cheaply and with an answer."""

import pytest

from bench.upload import SHORT, run

MOST_MEMORY_KB = 2 * 1024
MOST_BEYOND_KB = 1024


@pytest.mark.linux
def test_two_hundred_uploads_at_once_hold_and_too_large_ones_are_cut_and_told_so() -> None:
    figures = run(SHORT)
    assert figures["held"] == 200
    assert figures["service_exits"] == 0
    assert figures["memory_per_upload_kb"] < MOST_MEMORY_KB, figures
    for kind, cut in figures["oversize"].items():
        assert cut["refused"] == SHORT.oversize, (kind, figures)
        assert cut["beyond_kb"] <= MOST_BEYOND_KB, (kind, figures)
