from pipeline.reading.layout.drafts import measured
from pipeline.reading.layout.lines import segments
from pipeline.reading.layout.paragraphs import begins, usual_pitch
from tests.support.marks import page, prose


def starts(*lines, **kinds):
    """The numbers of the rows that begin a paragraph."""
    marks = page(*lines, **kinds)
    found = segments(marks)
    rows = measured(marks, found, [[number] for number in range(len(found))])
    return begins(rows, usual_pitch(rows)).nonzero()[0].tolist()


def test_lines_at_the_usual_distance_are_one_paragraph():
    assert starts(*prose(50, 100, 6)) == [0]


def test_a_wider_distance_begins_a_paragraph():
    assert starts(*prose(50, 100, 4), *prose(50, 164, 4)) == [0, 4]


def test_double_spaced_text_is_one_paragraph():
    assert starts(*prose(50, 100, 6, pitch=22)) == [0]


def test_larger_type_begins_a_paragraph_and_so_does_the_text_below_it():
    heading = (50, 156, "A heading of its own")
    assert starts(*prose(50, 100, 4), heading, *prose(50, 174, 4), sizes={heading[2]: 13.0}) == [0, 4, 5]


def test_sizes_that_all_differ_a_little_are_noise_of_a_measurement():
    lines = [(50, 100 + 14 * number, f"{'word ' * 5}{number}") for number in range(6)]
    sizes = {line[2]: 10.0 + 0.3 * (number % 5) for number, line in enumerate(lines)}
    assert starts(*lines, sizes=sizes) == [0]


def test_bold_lines_are_apart_from_others():
    heading = (50, 100, "A bold line")
    assert starts(heading, *prose(50, 114, 3), bold=(heading[2],)) == [0, 1]


def test_each_bullet_begins_an_item():
    lines = [(50, 100, "• first thing here"), (60, 114, "goes on"), (50, 128, "• second thing here")]
    assert starts(*lines) == [0, 2]


def test_a_first_line_set_in_begins_a_paragraph():
    lines = [*prose(50, 100, 3), (70, 142, "words words words words words"), *prose(50, 156, 2)]
    assert starts(*lines) == [0, 3]


def test_a_short_line_that_ends_a_sentence_ends_the_paragraph():
    lines = [*prose(50, 100, 2), (50, 128, "the end."), *prose(50, 142, 2)]
    assert starts(*lines) == [0, 3]
