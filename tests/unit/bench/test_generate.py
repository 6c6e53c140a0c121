"""The bench that compares the in-process model with a bare loop: its requests and its arithmetic."""

import pytest

from bench import generate
from pipeline.models.chat import ImagePart
from pipeline.models.llama4 import TILE_PX


def test_a_request_shows_a_page_of_an_exact_canvas():
    (message,) = generate._request(3, 32).messages
    (page,) = (part for part in message.parts if isinstance(part, ImagePart))
    rows, columns = generate.CANVAS
    assert (page.width, page.height) == (columns * TILE_PX, rows * TILE_PX)
    assert next(generate._images(generate._request(3, 32))).size == (page.width, page.height)


def test_sides_take_turns_and_the_first_round_is_not_counted(monkeypatch, capsys):
    clock, called = [0.0], []
    monkeypatch.setattr(generate.time, "perf_counter", lambda: clock[0])

    def side(name: str, first: float, seconds: float, tokens: int):
        def answer(requests):
            clock[0] += seconds if name in called else first
            called.append(name)
            return tokens

        return answer

    sides = {"adapter": side("adapter", 99.0, 2.0, 40), "bare": side("bare", 77.0, 3.0, 60)}
    found = generate._measured(sides, [generate._request(1, 8)] * 4, 2)
    assert called == ["bare", "adapter", "adapter", "bare", "bare", "adapter"]
    assert found == pytest.approx(
        {
            "ratio_to_generate": 1.0,
            "pages_per_s": 2.0,
            "tokens_per_s": 20.0,
            "bare_pages_per_s": 4 / 3,
            "bare_tokens_per_s": 20.0,
        }
    )
