from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.page import arrange
from tests.support.marks import page, prose, table


def arranged(*lines, **more):
    marks = page(*lines, **more)
    return marks, arrange(marks, segments(marks))


def test_a_page_in_order_is_left_in_order():
    _, found = arranged(*prose(50, 100, 4), *prose(50, 170, 4))
    assert found.order is None
    assert found.line.tolist() == [number for number in range(8) for _ in range(6)]
    assert [(draft.start, draft.stop) for draft in found.drafts] == [(0, 24), (24, 48)]


def test_two_columns_are_put_one_after_the_other_with_their_lines_numbered_anew():
    left, right = prose(50, 100, 6, word="left"), prose(320, 100, 6, word="rite")
    marks, found = arranged(*(line for pair in zip(left, right, strict=True) for line in pair))
    assert [marks.text[word] for word in found.order] == ["left"] * 36 + ["rite"] * 36
    assert found.line.tolist() == [number for number in range(12) for _ in range(6)]


def test_a_label_and_its_value_share_a_line():
    marks, found = arranged(*table([50, 300], [["Number:", "A-17"], ["Name:", "Miller"], ["Town:", "Leeds"]]))
    assert [marks.text[word] for word in found.order] == ["Number:", "A-17", "Name:", "Miller", "Town:", "Leeds"]
    assert found.line.tolist() == [0, 0, 1, 1, 2, 2]
    assert not any(draft.single for draft in found.drafts)


def test_a_table_between_paragraphs_is_a_block_of_its_own():
    rows = [["Article", "Amount", "Price"], *([f"Part {number}", f"{number}", f"{number}.50"] for number in range(5))]
    lines = [*prose(50, 60, 3), *table([50, 250, 400], rows, top=130), *prose(50, 260, 3)]
    marks, found = arranged(*lines)
    grids = [draft.grid for draft in found.drafts]
    assert [grid is not None for grid in grids] == [False, True, False]
    assert (grids[1].rows, grids[1].columns) == (6, 3)
    assert sorted(found.order.tolist()) == list(range(len(marks)))


def test_a_table_in_one_column_does_not_swallow_the_text_in_the_other():
    rows = [["Town", "Units", "Share"], *([f"Place {number}", f"{number}.5", f"{number} %"] for number in range(6))]
    lines = [*prose(50, 100, 10, words=7), *table([350, 430, 510], rows, top=106, pitch=20)]
    marks, found = arranged(*lines)
    assert [marks.text[word] for word in found.order[:70]] == ["words"] * 70
    assert found.drafts[-1].grid.columns == 3


def test_a_drawn_table_is_found_by_its_rules():
    cells = table([55, 255], [["Colour", "Taste"], ["red", "sweet and sour"], ["green", "bitter"]], top=104, pitch=20)
    levels = [(50, 100 + 20 * number, 450, 101 + 20 * number) for number in range(4)]
    uprights = [(x, 100, x + 1, 160) for x in (50, 250, 449)]
    _, found = arranged(*cells, vectors=[*levels, *uprights])
    [draft] = found.drafts
    assert (draft.grid.rows, draft.grid.columns) == (3, 2)
