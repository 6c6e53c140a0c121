import pytest

from pipeline.reading.pdf.leftward import Letter, letter, reordered

WIDTH = 5.0


def seen(text, x=100.0, y=50.0):
    """The letters of a line as they are seen from left to right, each 5 wide and 10 high."""
    letters = [letter(each, (x + WIDTH * n, y, x + WIDTH * (n + 1), y + 10), (1.0, 0.0)) for n, each in enumerate(text)]
    return [each for each in letters if each is not None]


def read(*lines: list[Letter], said="as MuPDF said"):
    """What is made of the lines of one block."""
    words = [(0.0, 0.0, 0.0, 0.0, said, 0, row, 0) for row in range(len(lines))]
    made = reordered(words, {(0, row): letters for row, letters in enumerate(lines)})
    return [word[4] for word in made]


def test_letters_are_read_from_the_right():
    assert read(seen("םלוע םולש")) == ["שלום", "עולם"]


def test_the_order_in_the_file_does_not_matter():
    letters = seen("םלוע םולש")
    assert read(letters[5:] + letters[:5]) == ["שלום", "עולם"]


def test_latin_words_and_figures_behind_them_keep_their_order():
    line = seen("הקידב Windows Server 2019 םולש")
    assert read(line, said="עברית") == ["שלום", "Windows", "Server", "2019", "בדיקה"]


def test_figures_with_their_signs_stay_whole():
    assert read(seen("הקידב 50% 2024/05/06 1,250.75 םולש")) == ["שלום", "1,250.75", "2024/05/06", "50%", "בדיקה"]


def test_ranges_are_read_from_the_right():
    assert read(seen("2026 - 2024 םולש")) == ["שלום", "2024", "-", "2026"]


def test_punctuation_stands_behind_its_word():
    assert read(seen("ןכו ,םולש")) == ["שלום,", "וכן"]


@pytest.mark.parametrize("drawn", ["םלוע )בוט( םולש", "םלוע (בוט) םולש"])
def test_brackets_open_before_they_close_however_the_file_names_them(drawn):
    assert read(seen(drawn)) == ["שלום", "(טוב)", "עולם"]


def test_a_ligature_that_was_taken_apart_backwards_is_put_right():
    # "كالا" with its last two letters drawn as one: MuPDF gives the alef of the ligature no width and puts it first.
    kaf, alef, ligature = seen("كال"[::-1])[::-1]
    nothing = letter("ا", (ligature.end, 50, ligature.end, 60), (1.0, 0.0))
    assert read([kaf, alef, nothing, ligature]) == ["كالا"]


def test_a_ligature_in_the_right_order_and_marks_stay_with_their_letters():
    (lam,) = seen("ل")
    alef = letter("ا", (lam.end, 50, lam.end, 60), (1.0, 0.0))
    mark = letter("\u064b", (lam.begin, 50, lam.begin, 60), (1.0, 0.0))
    assert read([lam, alef, mark]) == ["لاً"]


def test_presentation_forms_become_letters():
    assert read(seen("ﻢﻠﻋ")) == ["علم"]


def test_pieces_of_one_line_become_one_line():
    words = read(seen("06", x=100), seen("/", x=110.5), seen("05", x=116), seen("םולש", x=130))
    assert words == ["שלום", "06/05"]


def test_pieces_of_a_figure_beside_nothing_are_joined_where_the_page_runs_to_the_left():
    assert read(seen("06", x=100), seen("/", x=110.5), seen("05", x=116)) == ["06/05"]


def test_lines_apart_stay_apart():
    assert read(seen("םולש", y=50), seen("םלוע", y=64)) == ["שלום", "עולם"]
    assert read(seen("םולש", x=50), seen("םלוע", x=150)) == ["שלום", "עולם"]


def test_letters_far_apart_are_two_words():
    assert read(seen("םו") + seen("לש", x=115)) == ["של", "ום"]


def test_lines_that_run_to_the_right_keep_their_words():
    assert read(seen("Hello world")) == ["as MuPDF said"]


def test_a_word_that_runs_to_the_left_in_a_line_that_runs_to_the_right_is_turned():
    read_words = read(seen("the word םולש 12 means peace and 5, 6"))
    assert read_words == ["the", "word", "שלום", "12", "means", "peace", "and", "5,", "6"]


def test_a_line_that_runs_up_the_page_is_read_along_itself():
    letters = [letter(each, (50, 100 - 5 * n, 60, 105 - 5 * n), (0.0, -1.0)) for n, each in enumerate("םולש")]
    assert read([each for each in letters if each is not None]) == ["שלום"]


def test_a_letter_of_a_line_that_runs_askew_is_none():
    assert letter("ש", (0, 0, 5, 10), (0.7, 0.7)) is None


def test_the_box_of_a_word_holds_its_letters():
    words = reordered([], {(0, 0): seen("םולש")})
    assert words == []
    [word] = reordered([(0, 0, 0, 0, "?", 0, 0, 0)], {(0, 0): seen("םולש")})
    assert word == (100.0, 50.0, 120.0, 60.0, "שלום", 0, 0, 0)
