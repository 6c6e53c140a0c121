import pytest

from pipeline.errors import ModelError, ModelRejected
from pipeline.models.chat import ChatRequest, TokenScore
from pipeline.models.transformers_chat.turn import Prompt, Turn, Word

END = Word(data=b"", ends=True)


class Noting:
    def __init__(self) -> None:
        self.taken: list[int] = []

    def mask(self) -> bytes:
        raise AssertionError("a turn does not choose")

    def take(self, token: int) -> None:
        self.taken.append(token)


def turn(max_tokens: int = 10, *, scores: bool = True, grammar: Noting | None = None) -> Turn:
    return Turn(Prompt(ids=[1, 2, 3]), ChatRequest(messages=[], max_tokens=max_tokens, scores=scores), grammar)


def said(*data: bytes, max_tokens: int = 10, end: bool = True) -> Turn:
    made = turn(max_tokens)
    for number, each in enumerate(data):
        made.say(number, Word(data=each), -0.5)
    if end:
        made.say(99, END, 0.0)
    return made


def heard(made: Turn) -> list[str]:
    pieces = []
    while not made.heard:
        pieces.append(made.hear(0.0))
    return [piece for piece in pieces if piece]


def test_pieces_are_the_text_and_the_mark_at_the_end_counts_as_a_token() -> None:
    made = said(b"a", b"bc")
    assert heard(made) == ["a", "bc"]
    assert (made.text, made.finish, made.tokens, made.done) == ("abc", "stop", 3, True)


def test_a_character_of_several_tokens_is_one_piece() -> None:
    made = said(*(bytes([byte]) for byte in "€1".encode()))
    assert heard(made) == ["€", "1"]
    assert [score.data for score in made.scores or ()] == [b"\xe2", b"\x82", b"\xac", b"1"]


@pytest.mark.parametrize("tail", [b"\xe2", b"\xe2\x82"])
def test_half_a_character_at_the_end_of_a_cut_answer_is_left_out_of_text_and_scores(tail: bytes) -> None:
    made = said(b"a", b"b" + tail[:1], *([tail[1:]] if tail[1:] else []), max_tokens=len(tail) + 1, end=False)
    assert (made.text, made.finish) == ("ab", "length")
    assert made.scores == [TokenScore(data=b"a", logprob=-0.5), TokenScore(data=b"b", logprob=-0.5)]


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert said(b"a\xffb").text == "a\ufffdb"


def test_an_answer_ends_at_its_longest() -> None:
    made = said(b"a", b"b", b"c", max_tokens=2, end=False)
    assert (made.text, made.finish, made.tokens) == ("ab", "length", 2)


def test_what_comes_after_the_end_is_not_heard() -> None:
    made = said(b"a")
    made.say(5, Word(data=b"b"), 0.0)
    assert (made.text, made.tokens) == ("a", 2)


def test_a_grammar_takes_every_token_but_the_end() -> None:
    grammar = Noting()
    made = turn(grammar=grammar)
    made.say(7, Word(data=b"a"), 0.0)
    made.say(99, END, 0.0)
    assert grammar.taken == [7]


def test_scores_are_kept_where_they_are_wanted() -> None:
    made = turn(scores=False)
    made.say(7, Word(data=b"a"), 0.0)
    assert made.scores is None


def test_a_failure_comes_after_what_was_said_and_each_listener_gets_its_own() -> None:
    error = ModelRejected("too complex", limit=3)
    made = turn()
    made.say(7, Word(data=b"a"), 0.0)
    made.fail(error)
    assert made.hear(0.0) == "a"
    with pytest.raises(ModelRejected, match="too complex") as caught:
        made.hear(0.0)
    assert caught.value is not error
    assert caught.value.facts == {"limit": 3}


@pytest.mark.parametrize("ended", [True, False])
def test_what_is_over_does_not_fail_any_more(ended: bool) -> None:
    made = said(b"a", end=ended)
    made.abandon()
    made.fail(ModelError("late"))
    assert made.hear(0.0) == "a"
    assert made.hear(0.0) == ""


def test_an_abandoned_turn_is_done_without_an_answer() -> None:
    made = turn()
    made.abandon()
    assert made.done
    assert made.finish is None
