from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.order import free_spaces, strips
from pipeline.reading.layout.scene import make_scene
from tests.support.marks import page, prose, rows_of_texts, table


def read(*lines):
    """The texts of a page in reading order, a list for each strip."""
    marks = page(*lines)
    scene, _ = make_scene(marks, [])
    return [[text for row in rows_of_texts(marks, strip) for text in row] for strip in strips(scene)]


def flat(*lines):
    return [text for strip in read(*lines) for text in strip]


def test_one_column_is_read_from_the_top():
    assert flat((50, 130, "second"), (50, 100, "first"), (50, 160, "third")) == ["first", "second", "third"]


def test_two_columns_of_text_are_read_one_after_the_other():
    left, right = prose(50, 100, 8, word="left"), prose(320, 100, 8, word="rite")
    interleaved = [line for pair in zip(left, right, strict=True) for line in pair]
    found = flat(*interleaved)
    assert found == [line[2] for line in left + right]


def test_columns_whose_paragraph_gaps_align_are_still_read_column_by_column():
    left = prose(50, 100, 4, word="left") + prose(50, 200, 4, word="lead")
    right = prose(320, 100, 4, word="rite") + prose(320, 200, 4, word="rope")
    assert flat(*left, *right) == [line[2] for line in left + right]


def test_a_title_across_the_columns_comes_first_and_a_note_below_them_last():
    title = (50, 60, "a title that runs across both of the columns of this page below")
    note = (50, 300, "a note that runs across both of the columns of this page above")
    left, right = prose(50, 100, 8, word="left"), prose(320, 100, 8, word="rite")
    assert flat(note, *right, *left, title) == [title[2], *(line[2] for line in left + right), note[2]]


def test_three_columns_are_told_apart():
    columns = [prose(x, 100, 6, words=5, word=word) for x, word in ((40, "aa"), (230, "bb"), (420, "cc"))]
    mixed = [line for row in zip(*columns, strict=True) for line in row]
    assert flat(*mixed) == [line[2] for column in columns for line in column]


def test_labels_and_their_values_are_read_row_by_row():
    lines = table([50, 300], [["Number:", "A-17"], ["Date:", "12.03.2026"], ["Customer:", "Miller"]])
    assert flat(*lines) == ["Number:", "A-17", "Date:", "12.03.2026", "Customer:", "Miller"]


def test_two_addresses_side_by_side_are_read_one_after_the_other():
    lines = table([50, 300], [["Ann Smith", "Bob Jones"], ["High Street", "Low Road"], ["London", "Leeds"]])
    assert flat(*lines) == ["Ann Smith", "High Street", "London", "Bob Jones", "Low Road", "Leeds"]


def test_an_amount_beside_the_last_line_of_a_paragraph_stays_on_its_row():
    lines = [*prose(50, 100, 3, word="text"), (500, 128, "12.50")]
    assert flat(*lines)[-2:] == ["text text text text text text", "12.50"]


def test_numbers_of_paragraphs_stand_before_their_paragraphs():
    lines = [
        (50, 100, "1.1"),
        *prose(90, 100, 4, words=8, word="first"),
        (50, 180, "1.2"),
        *prose(90, 180, 4, words=8, word="other"),
    ]
    found = flat(*lines)
    assert found[0] == "1.1"
    assert found[5] == "1.2"


def test_every_segment_is_read_exactly_once():
    marks = page(*prose(50, 100, 9), *prose(320, 107, 9), *table([50, 200, 400], [["a", "b", "c"]] * 5, top=400))
    scene, _ = make_scene(marks, [])
    found = sorted(segment for strip in strips(scene) for row in strip for segment in row)
    assert found == list(range(len(segments(marks))))


def test_free_spaces_are_what_no_segment_covers():
    lines = segments(page((10, 0, "abc"), (20, 20, "abc"), (100, 0, "abc")))
    inner = free_spaces(lines.x0, lines.x1)[1:-1]
    assert inner == [(38.0, 100.0)]
