import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading.sentences import sentences, speaker_length


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_full_stops_question_and_exclamation_marks_end_sentences() -> None:
    assert split("It rains. Does it? Yes! Well.") == ["It rains.", "Does it?", "Yes!", "Well."]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Mrs. Jones of No. 5.",
        "The rate is 3.14 % and the site is example.com today.",
        "J. R. Tolkien wrote it.",
        "See Fig. 3 and Sec. 2 for more.",
        "Acme Inc. Germany paid.",
        "Am 3. Oktober ist Feiertag.",
        "He said ... nothing at all.",
        "Kosten, z.B. Miete, fallen an.",
        '"Really?" he asked.',
    ],
)
def test_abbreviations_decimals_initials_and_ordinals_end_nothing(text: str) -> None:
    assert split(text) == [text]


def test_without_any_capital_letter_small_letters_begin_sentences() -> None:
    text = "by using it you agree. e.g. if you pay, we may keep it. do you? yes."
    assert split(text) == ["by using it you agree.", "e.g. if you pay, we may keep it.", "do you?", "yes."]
    assert split("It is 5 p.m. in Paris, i.e. late. then so be it.") == [
        "It is 5 p.m. in Paris, i.e. late. then so be it."
    ]


def test_a_line_that_names_its_speaker_begins_a_sentence() -> None:
    text = "Anna Berg: we could try\nto wait\nPhD C: mm\n#2: no\nand so\nhere: it goes on"
    assert split(text) == ["Anna Berg: we could try\nto wait", "PhD C: mm", "#2: no\nand so\nhere: it goes on"]


def test_an_abbreviation_ends_a_sentence_when_a_word_follows_that_begins_one() -> None:
    assert split("We sold it to Acme Inc. The price was fair.") == ["We sold it to Acme Inc.", "The price was fair."]


def test_a_year_ends_a_sentence() -> None:
    assert split("It began in 2024. Payment followed.") == ["It began in 2024.", "Payment followed."]


def test_closing_quotes_and_brackets_stay_with_their_sentence() -> None:
    assert split("He said “stop.” Then (he left.) Done.") == ["He said “stop.”", "Then (he left.)", "Done."]


def test_a_number_before_a_clause_belongs_to_it() -> None:
    assert split("1. Scope of work. 2. Term of it.")[0] == "1. Scope of work."


def test_chinese_and_japanese_full_stops_need_no_space() -> None:
    assert split("今天下雨。你来吗？来！") == ["今天下雨。", "你来吗？", "来！"]


def test_hindi_and_arabic_marks_end_sentences() -> None:
    assert split("यह एक है। यह दो है।") == ["यह एक है।", "यह दो है।"]
    assert len(split("كيف حالك؟ بخير.")) == 2


def test_wrapped_lines_are_one_sentence_and_blank_lines_part() -> None:
    assert split("one\ntwo three\n\nfour") == ["one\ntwo three", "four"]


def test_rows_of_cells_and_list_items_are_sentences_of_their_own() -> None:
    assert split("Item | Price\nPen | 2.50\n- first\n- second") == ["Item | Price", "Pen | 2.50", "- first", "- second"]


def test_nothing_and_white_space_have_no_sentences() -> None:
    assert sentences("") == []
    assert sentences(" \n\t ") == []


@given(st.text(alphabet='aB.?! \n。|1("”-', max_size=60) | st.text(max_size=60))
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    assert all(start < end for start, end in spans)
    assert all(end <= after for (_, end), (after, _) in pairwise(spans))
    inside = {index for start, end in spans for index in range(start, end)}
    assert all(index in inside for index, char in enumerate(text) if not char.isspace())


@pytest.mark.parametrize(
    "piece", [". ", "a.", "\n", "(", "a | b\n", "." * 50, "1.", "x" * 50, "X. ", " " * 1000 + "X. "]
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.perf_counter()
    sentences(text)
    assert time.perf_counter() - began < 30


@pytest.mark.parametrize(("text", "said"), [("Anna Berg: Yes.", "Yes."), ("#1: Yes.", "Yes."), ("so: yes", "so: yes")])
def test_a_turn_opens_with_a_name_and_a_colon(text: str, said: str) -> None:
    assert text[speaker_length(text) :] == said
