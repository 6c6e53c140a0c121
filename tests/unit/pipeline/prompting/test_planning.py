from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ContextExceeded
from pipeline.models.tokens import Tokens
from pipeline.prompting.planning import OVERLAP_SHARE, Budget, halve, plan
from pipeline.prompting.profiles import Piece, Profile
from pipeline.prompting.windows import PartForm, Window

TOKENS = Tokens()
A4 = (595.0, 842.0)


def page(number: int, text_tokens: int = 700, **measures) -> Profile:
    width, height = A4
    measures = {"words": text_tokens, "width": width, "height": height, **measures}
    return Profile(number=number, text_tokens=text_tokens, **measures)


def scan(number: int, text_tokens: int = 700, confidence: float = 0.95) -> Profile:
    return page(number, text_tokens, ocr=True, confidence=confidence)


def test_dense_text_goes_as_text_only() -> None:
    [window] = plan([page(1)], TOKENS, Budget(tokens=100_000))
    assert window.forms[0].text
    assert window.forms[0].canvas is None


def test_scans_go_as_picture_in_full_detail_and_text() -> None:
    [window] = plan([scan(1)], TOKENS, Budget(tokens=100_000))
    assert window.forms[0].text
    assert window.forms[0].canvas == (5, 3)


def test_pages_without_words_go_as_picture_alone() -> None:
    [window] = plan([page(1, 0)], TOKENS, Budget(tokens=100_000))
    assert not window.forms[0].text
    assert window.forms[0].canvas == (5, 3)


@pytest.mark.parametrize(("measure", "tiles"), [({"tables": 1}, 4), ({"form": 0.7}, 9), ({"pictured": 0.3}, 9)])
def test_tables_forms_and_charts_are_seen_in_some_detail(measure: dict[str, float], tiles: int) -> None:
    [window] = plan([page(1, **measure)], TOKENS, Budget(tokens=100_000))
    rows, columns = window.forms[0].canvas or (0, 0)
    assert rows * columns == tiles


def test_without_images_every_page_is_text() -> None:
    windows = plan([scan(1), page(2, 0), page(3, tables=2)], TOKENS, Budget(tokens=100_000, images=0))
    assert all(form.text is (form.number != 2) and form.canvas is None for form in windows[0].forms)


def test_a_page_too_large_for_a_window_loses_tiles_then_its_picture() -> None:
    tiles = []
    for budget in (4_000, 2_500, 1_500, 1_000, 800):
        [window] = plan([scan(1)], TOKENS, Budget(tokens=budget))
        rows, columns = window.forms[0].canvas or (0, 0)
        tiles.append(rows * columns)
        assert window.forms[0].text
    assert tiles == sorted(tiles, reverse=True)
    assert tiles[0] == 15
    assert tiles[-1] == 0


def test_of_a_text_in_pieces_the_first_has_the_picture() -> None:
    pieces = tuple(Piece(start=n * 100, stop=n * 100 + 100, tokens=5_000) for n in range(3))
    ledger = replace(scan(1, 15_000), pieces=pieces)
    windows = plan([ledger], TOKENS, Budget(tokens=9_000, overlap=False))
    assert [form.canvas for window in windows for form in window.forms] == [(5, 3), None, None]
    assert [form.span for window in windows for form in window.forms] == [(0, 100), (100, 200), (200, 300)]


def test_what_fits_in_no_form_is_refused() -> None:
    with pytest.raises(ContextExceeded):
        plan([page(1, 500)], TOKENS, Budget(tokens=100))


def test_no_parts_make_no_windows() -> None:
    assert plan([], TOKENS, Budget(tokens=100)) == []


def test_windows_are_about_equally_full() -> None:
    windows = plan([page(number, 1_000) for number in range(1, 102)], TOKENS, Budget(tokens=51_000))
    assert len(windows) == 2 + 1
    assert max(window.tokens for window in windows) < 1.1 * min(window.tokens for window in windows)


def test_a_page_shown_again_goes_without_its_picture_where_its_text_is_sure() -> None:
    windows = plan([scan(number) for number in range(1, 16)], TOKENS, Budget(tokens=100_000, images=10))
    assert [window.images for window in windows] == [8, 7]
    assert windows[1].overlap == 1
    assert windows[1].forms[0].number == windows[0].forms[-1].number
    assert windows[1].forms[0].canvas is None
    doubtful = [scan(number, confidence=0.5) for number in range(1, 16)]
    assert plan(doubtful, TOKENS, Budget(tokens=100_000, images=10))[1].forms[0].canvas is not None


def test_of_a_page_without_tables_only_the_end_is_shown_again() -> None:
    end = Piece(start=1_500, stop=2_000, tokens=180)
    budget = Budget(tokens=1_000)
    plain = plan([page(1, tail=end), page(2)], TOKENS, budget)[1].forms[0]
    assert plain.span == (1_500, 2_000)
    assert 180 < plain.tokens < 220
    tables = plan([page(1, 150, tables=1, tail=end), page(2)], TOKENS, replace(budget, tokens=800, images=0))[1].forms[
        0
    ]
    assert tables.span is None


@st.composite
def profiles(draw) -> list[Profile]:
    kinds = draw(st.lists(st.sampled_from(["text", "scan", "blank", "table", "form", "part"]), max_size=60))
    made = []
    for number, kind in enumerate(kinds, 1):
        count = draw(st.integers(0, 1_500))
        if kind == "part":
            made.append(Profile(number=number, kind="part", text_tokens=count, words=count))
        elif kind == "scan":
            made.append(scan(number, count, draw(st.floats(0, 1))))
        else:
            tables = int(kind == "table")
            rows = draw(st.integers(0, 50)) * tables
            form = 0.9 * (kind == "form")
            made.append(page(number, 0 if kind == "blank" else count, tables=tables, rows=rows, form=form))
    return made


budgets = st.builds(
    Budget,
    tokens=st.integers(1_700, 30_000),
    images=st.integers(0, 10),
    tiles=st.integers(1, 16),
    rows=st.sampled_from([0, 20, 200]),
    overlap=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(profiles(), budgets)
def test_a_plan_keeps_every_promise(made: list[Profile], budget: Budget) -> None:
    windows = plan(made, TOKENS, budget)
    own = [form.number for window in windows for form in window.forms[window.overlap :]]
    assert own == [profile.number for profile in made]
    for window in windows:
        assert window.tokens <= budget.tokens
        assert window.images <= budget.images
    for before, window in pairwise(windows):
        if window.overlap:
            assert budget.overlap
            assert window.forms[0].number == before.forms[-1].number
            assert window.forms[0].tokens <= OVERLAP_SHARE * budget.tokens
            assert window.forms[0].text or not before.forms[-1].text
    if windows:
        assert windows[0].overlap == 0


@settings(max_examples=50, deadline=None)
@given(profiles(), budgets)
def test_no_two_neighbours_would_fit_into_one_window(made: list[Profile], budget: Budget) -> None:
    rows = {profile.number: profile.rows for profile in made}
    for before, window in pairwise(plan(made, TOKENS, budget)):
        forms = before.forms + window.forms[window.overlap :]
        both = Window(forms=forms)
        too_many_rows = budget.rows and sum(rows[form.number] for form in forms) > budget.rows
        assert both.tokens > budget.tokens or both.images > budget.images or too_many_rows


@settings(max_examples=50, deadline=None)
@given(profiles(), budgets)
def test_halving_ends_and_loses_nothing(made: list[Profile], budget: Budget) -> None:
    for window in plan(made, TOKENS, budget):
        todo, own = [window], []
        while todo:
            each = todo.pop()
            assert each.tokens <= window.tokens
            halves = halve(each)
            if halves is None:
                own += each.forms[each.overlap :]
            else:
                todo += [halves[1], halves[0]]
        assert tuple(own) == window.forms[window.overlap :]


def test_halves_are_about_equally_full() -> None:
    forms = tuple(PartForm(number=n, text=True, tokens=t) for n, t in enumerate([10, 10, 10, 10, 40], 1))
    halves = halve(Window(forms=forms))
    assert halves is not None
    assert [half.numbers for half in halves] == [(1, 2, 3, 4), (4, 5)]
    assert halves[1].overlap == 1
