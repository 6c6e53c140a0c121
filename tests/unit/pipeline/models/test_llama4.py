import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.llama4 import TILE_PX, canvas, canvas_tokens, image_tokens, supported_canvases

# As vLLM charged them (`usage.prompt_tokens`), and as the real processor lays them out.
CHARGED = [
    (336, 336, 147),
    (595, 842, 1017),
    (1240, 1754, 2322),
    (1700, 2200, 2467),
    (600, 2400, 2467),
    (1920, 1080, 2322),
]


@pytest.mark.parametrize(("width", "height", "tokens"), CHARGED)
def test_an_image_is_charged_as_the_server_charged_it(width: int, height: int, tokens: int) -> None:
    assert image_tokens(width, height) == tokens


@pytest.mark.parametrize(("most", "tokens"), [(4, 727), (9, 1452), (12, 1887), (16, 2322)])
def test_fewer_tiles_cost_less(most: int, tokens: int) -> None:
    assert image_tokens(1240, 1754, most) == tokens


def test_sixteen_tiles_allow_fifty_canvases() -> None:
    assert len(supported_canvases(16)) == 50


@given(st.sampled_from(supported_canvases(16)))
def test_an_image_of_a_canvas_keeps_it(chosen: tuple[int, int]) -> None:
    rows, columns = chosen
    assert canvas(columns * TILE_PX, rows * TILE_PX) == chosen


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.integers(1, 32))
def test_no_canvas_has_more_tiles_than_allowed(width: int, height: int, most: int) -> None:
    rows, columns = canvas(width, height, most)
    assert 1 <= rows * columns <= most
    assert image_tokens(width, height, most) == canvas_tokens(rows * columns)
