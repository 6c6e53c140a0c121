"""Answers that go round in circles are noticed, long ones that do not are left alone."""

import random

import pytest

from pipeline.extraction.model.loops import LoopDetector


def noticed(text, piece=7):
    """After how many characters, or `None`."""
    detector = LoopDetector()
    return next((at + piece for at in range(0, len(text), piece) if detector.feed(text[at : at + piece])), None)


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "' + "the same again and " * 200,
        '{"total": 1,' + "\n" * 2_000,
        '{"total": 0.' + "0" * 2_000,
        '{"rows": [' + '{"a": 1, "b": "x"},' * 300,
        '{"rows": [' + '{"a": 1, "b": "x"},\n{"a": 2, "b": "a long description of some other thing"},\n' * 300,
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 100])
def test_a_loop_is_noticed_long_before_its_end(text, piece):
    at = noticed(text, piece)
    assert at is not None
    assert at < len(text) * 0.9


def test_equal_rows_behind_one_another_are_no_loop():
    row = '{"date": "2026-03-12", "description": "Parking", "amount": 2.50},'
    assert noticed('{"rows": [' + row * 40 + "]}") is None


def test_a_long_table_is_no_loop():
    numbers = random.Random(5)
    rows = [f'{{"n": {i}, "d": "Rope, braided", "amount": {numbers.randint(100, 99_999) / 100}}}' for i in range(3_000)]
    assert noticed('{"rows": [' + ",".join(rows) + "]}", 64) is None


def test_indented_json_is_no_loop():
    assert noticed("{\n" + "\n".join(f'{" " * 60}"field_{i}": {i},' for i in range(200))) is None
