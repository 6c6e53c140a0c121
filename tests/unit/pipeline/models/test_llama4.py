import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.llama4 import (
    TILE_PX,
    canvas,
    canvas_tokens,
    fit,
    image_tokens,
    place,
    supported_canvases,
)

SIDES = st.floats(1, 20_000)

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


A4 = (595.0, 842.0)


@pytest.mark.parametrize(
    ("page", "most", "chosen"),
    [
        (A4, 16, (5, 3)),
        (A4, 9, (3, 3)),
        (A4, 8, (3, 2)),
        (A4, 1, (1, 1)),
        ((842.0, 595.0), 16, (3, 5)),
        ((600.0, 2400.0), 16, (8, 2)),
        ((1.0, 14_400.0), 16, (16, 1)),
        ((400.0, 400.0), 15, (3, 3)),
    ],
)
def test_a_page_goes_on_the_smallest_canvas_that_shows_it_largest(page, most: int, chosen: tuple[int, int]) -> None:
    assert fit(*page, most).canvas == chosen


@given(SIDES, SIDES, st.integers(1, 32))
def test_a_fitted_page_touches_its_canvas_and_is_charged_as_counted(width: float, height: float, most: int) -> None:
    fitted = fit(width, height, most)
    assert fitted.width <= fitted.size[0]
    assert fitted.height <= fitted.size[1]
    assert fitted.width == fitted.size[0] or fitted.height == fitted.size[1]
    rows, columns = fitted.canvas
    assert image_tokens(*fitted.size, most) == canvas_tokens(rows * columns)


@given(SIDES, SIDES, st.sampled_from(supported_canvases(16)))
def test_a_page_keeps_its_proportions_to_a_pixel(width: float, height: float, chosen: tuple[int, int]) -> None:
    placed = place(width, height, chosen)
    scale = min(placed.size[0] / width, placed.size[1] / height)
    assert abs(placed.width - width * scale) <= 1
    assert abs(placed.height - height * scale) <= 1


def test_a_page_touches_the_canvas_at_two_of_its_sides() -> None:
    placed = place(300, 600, (2, 2))
    assert (placed.width, placed.height) == (336, 672)
