import numpy as np

from pipeline.reading.layout.scene import is_prose, make_scene
from pipeline.reading.tables.grid import GridCell, make_grid
from tests.support.marks import page, prose, scene


def test_a_scene_tells_figures_and_labels():
    found = scene((50, 100, "Total due:"), (300, 100, "12.50 EUR"), (50, 130, "some text"))
    assert found.numeric.tolist() == [False, True, False]
    assert found.label.tolist() == [True, False, False]
    assert found.words.tolist() == [2, 2, 2]


def test_a_table_stands_in_the_scene_as_one_solid_segment():
    marks = page((50, 100, "above"), (50, 130, "a"), (300, 130, "b"), (50, 160, "below"))
    grid = make_grid(marks, [GridCell(row=0, column=0, words=(1,)), GridCell(row=0, column=1, words=(2,))])
    made, first = make_scene(marks, [grid])
    assert first == 2
    assert len(made.lines) == 3
    assert (made.lines.x0[2], made.lines.x1[2]) == (50, 306)


def test_a_page_that_is_all_table_has_only_the_solid_segment():
    marks = page((50, 130, "a"), (300, 130, "b"))
    grid = make_grid(marks, [GridCell(row=0, column=0, words=(0,)), GridCell(row=0, column=1, words=(1,))])
    made, first = make_scene(marks, [grid])
    assert (first, len(made.lines)) == (0, 1)


def test_long_lines_of_one_width_are_prose():
    assert is_prose(scene(*prose(50, 100, 5)), np.arange(5))


def test_short_lines_and_ragged_ones_are_not():
    assert not is_prose(scene(*prose(50, 100, 5, words=2)), np.arange(5))
    ragged = [(50, 100 + 14 * number, " ".join(["word"] * count)) for number, count in enumerate((4, 20, 4, 5, 4))]
    assert not is_prose(scene(*ragged), np.arange(5))
