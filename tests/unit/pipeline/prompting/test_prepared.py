import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ParserProtocolError
from pipeline.models.tokens import Tokens
from pipeline.prompting.fences import neutral
from pipeline.prompting.parts import TextPart
from pipeline.prompting.pieces import cut, tail
from pipeline.prompting.prepared import MEMORY_BYTES, Prepared
from pipeline.prompting.wire import pack

TOKENS = Tokens(bytes_per_token=1.0)


def prepared(*texts: str, piece_tokens: int = 1_000) -> Prepared:
    return Prepared(pack(TextPart(number=n, text=text) for n, text in enumerate(texts, 1)), TOKENS, piece_tokens)


def test_texts_and_profiles_come_back() -> None:
    with prepared("One", "", "Drei €") as made:
        assert [made.text(number) for number in (3, 2, 1)] == ["Drei €", "", "One"]
        assert [profile.text_tokens for profile in made.profiles] == [4, 0, 9]


def test_special_tokens_are_gone_before_anything_is_counted() -> None:
    with prepared("<|eot|>") as made:
        assert made.text(1) == "< |eot| >"
        assert made.profiles[0].text_tokens == len("< |eot| >\n")


def test_there_is_no_text_of_a_part_that_is_not_there() -> None:
    with prepared("One") as made, pytest.raises(KeyError):
        made.text(2)


def test_what_is_no_parts_is_refused() -> None:
    with pytest.raises(ParserProtocolError):
        Prepared(b"no parts", TOKENS)


def test_long_texts_are_read_by_several_threads_at_once() -> None:
    import random

    source = random.Random(0)
    texts = ["".join(source.choices("abcdefghij ", k=40_000)).strip() for _ in range(30)]
    wrong = []
    with prepared(*texts) as made:

        def read() -> None:
            order = random.Random(threading.get_ident()).sample(range(30), 30)
            wrong.extend(at for at in order if made.text(at + 1) != texts[at])

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(map(len, texts)) > 2 * MEMORY_BYTES
    assert wrong == []


def test_a_page_with_too_much_text_is_taken_to_pieces_at_its_lines() -> None:
    lines = [f"line {n:03}" for n in range(200)]
    with prepared("\n".join(lines), piece_tokens=300) as made:
        [profile] = made.profiles
        text = made.text(1)
    pieces = [text[piece.start : piece.stop] for piece in profile.pieces]
    assert all(piece.tokens <= 300 for piece in profile.pieces)
    assert [line for piece in pieces for line in piece.split("\n") if line] == lines


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=2_000), st.integers(1, 300))
def test_pieces_are_the_whole_text_in_order_and_none_is_too_long(text: str, most: int) -> None:
    text = neutral(text).strip()
    pieces = cut(text, TOKENS, most)
    at = 0
    for piece in pieces:
        assert not text[at : piece.start].strip()
        assert piece.tokens <= most or piece.stop - piece.start == 1
        at = piece.stop
    assert not text[at:].strip()


def test_the_end_of_a_long_text_begins_with_a_line() -> None:
    text = "\n".join(f"line {n:03}" for n in range(100))
    piece = tail(text, TOKENS, 50)
    assert piece is not None
    assert text[piece.start : piece.stop] == "\n".join(f"line {n:03}" for n in range(95, 100))
    assert piece.tokens == 45


@pytest.mark.parametrize("text", ["", "short", "x" * 500, "a\n" + "x" * 500])
def test_a_text_that_is_short_or_has_no_last_line_of_its_own_has_no_end(text: str) -> None:
    assert tail(text, TOKENS, 50) is None
