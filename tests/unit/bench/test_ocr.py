"""What the OCR bench counts."""

from bench.ocr import found


def test_a_word_counts_as_often_as_it_is_both_printed_and_read():
    printed = [["one", "one", "two"], ["three"]]
    read = [["one", "two", "two"], ["Three"]]
    pages = iter(read)
    assert found(lambda scan: next(pages), [None, None], printed) == 2 / 4
