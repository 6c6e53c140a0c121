"""What says nearly the same is shown once, and what differs in something that matters is shown."""

import random
import time

import pytest

from pipeline.answering import duplicates
from pipeline.answering.duplicates import ALIKE, distinct
from pipeline.answering.passage import Passage
from tests.support.passages import passage

WORDS = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(100)]
CLAUSE = " ".join(WORDS)
LETTERS = str.maketrans("01", "xy")


def told(passages: list[Passage], query: str = "") -> list[tuple[str, list[str]]]:
    return [(one.chunk.id, [twin.chunk.id for twin in one.twins]) for one in distinct(passages, query)]


def changed(*places: int) -> str:
    return " ".join(f"other{chr(97 + at)}" if at in places else word for at, word in enumerate(WORDS))


def test_the_same_text_in_two_documents_is_shown_once_and_the_other_named() -> None:
    assert told([passage(CLAUSE, 0, "a"), passage("Cows.", 0, "c"), passage(CLAUSE, 0, "b")]) == [
        ("a0", ["b0"]),
        ("c0", []),
    ]


def test_case_and_white_space_and_compatible_forms_make_no_other_text() -> None:
    (one,) = distinct([passage("The Fee  is\ndue.", 0, "a"), passage("the fee is due.", 0, "b")], "")
    assert one.twins[0].exact
    (one,) = distinct([passage("the ﬁrst", 0, "a"), passage("The first", 0, "b")], "")
    assert one.twins[0].exact


@pytest.mark.parametrize(
    ("other", "near"),
    [(changed(5), True), (changed(40), True), (changed(10, 50), False), (CLAUSE + " so", True), (CLAUSE[:400], False)],
)
def test_texts_that_share_nine_tenths_of_their_shingles_are_nearly_the_same(other: str, near: bool) -> None:
    """A word within a hundred is three of its 98 shingles: 95 of 101 are shared; two words leave 92 of 104."""
    found = distinct([passage(CLAUSE, 0, "a"), passage(other, 0, "b")], "")
    assert len(found) == (1 if near else 2)
    assert [twin.exact for twin in found[0].twins] == ([False] if near else [])


@pytest.mark.parametrize(
    ("one", "other"),
    [("100", "120"), ("5%", "5€"), ("-5", "5"), ("2024-01-01", "2024-01-02"), ("VF1005193039", "VF1005193040")],
)
def test_texts_with_other_figures_are_never_the_same(one: str, other: str) -> None:
    assert len(distinct([passage(f"{CLAUSE} {one}", 0, "a"), passage(f"{CLAUSE} {other}", 0, "b")], "")) == 2
    assert len(distinct([passage(f"{CLAUSE} {one}.", 0, "a"), passage(f"{changed(5)} ({one})", 0, "b")], "")) == 1


def test_what_holds_a_word_of_the_query_that_the_other_lacks_is_shown() -> None:
    texts = [passage(CLAUSE, 0, "a"), passage(changed(5), 0, "b")]
    assert len(distinct(texts, "who is otherf?")) == 2
    assert len(distinct(texts, "who is wordaa?")) == 1


def test_of_a_document_and_its_copy_the_same_one_is_shown_for_each_text() -> None:
    """Equal texts are found in any order; neighbours could not be joined if they were of two documents."""
    second = " ".join(reversed(WORDS))
    found = [passage(CLAUSE, 1, "a"), passage(second, 2, "b"), passage(CLAUSE, 1, "b"), passage(second, 2, "a")]
    shown = distinct([*found[:2], found[3], found[2]], "")
    assert {one.chunk.document_id for one in shown} == {"a"}
    assert [[twin.chunk.id for twin in one.twins] for one in shown] == [["b1"], ["b2"]]
    assert {one.chunk.document_id for one in distinct(found, "")} == {"b"}


def test_the_copy_that_is_shown_has_the_better_score() -> None:
    second = " ".join(reversed(WORDS))
    found = distinct(
        [passage(CLAUSE, 1, "a", score=0.9), passage(second, 2, "b", score=0.8), passage(CLAUSE, 1, "b", score=0.7)], ""
    )
    assert [(one.chunk.id, one.score) for one in found] == [("b1", 0.9), ("b2", 0.8)]


def test_what_stands_twice_in_one_document_is_shown_once() -> None:
    assert told([passage(CLAUSE, 1), passage(CLAUSE, 9)]) == [("d1", ["d9"])]


@pytest.mark.parametrize("text", ["", "—", " \n ", "≤ ≥", "٣", "שלום עולם", "नमस्ते दुनिया", "東京都は広い。"])
def test_texts_of_any_script_or_none_are_equal_to_themselves_only(text: str) -> None:
    others = [passage(f"{text} {word}", 0, word) for word in ("quay", "tower", "ship")]
    found = distinct([passage(text, 0, "a"), passage(text, 0, "b"), *others], "")
    assert [one.chunk.document_id for one in found] == ["a", "quay", "tower", "ship"]


@pytest.mark.parametrize("marks", [("की", "का"), ("≤", "≥"), ("مَلِك", "مُلْك")])
def test_short_texts_that_differ_in_signs_only_are_not_word_for_word_the_same(marks: tuple[str, str]) -> None:
    found = distinct([passage(f"a {mark} b", 0, mark) for mark in marks], "")
    assert not any(twin.exact for one in found for twin in one.twins)


def test_scripts_without_spaces_are_compared_by_their_characters() -> None:
    clause = "".join(chr(0x4E00 + at) for at in range(200))
    assert len(distinct([passage(clause, 0, "a"), passage(clause.replace(clause[9], "字"), 0, "b")], "")) == 1
    assert len(distinct([passage(clause, 0, "a"), passage(clause[:150], 0, "b")], "")) == 2


def test_the_prefix_filter_finds_what_comparing_all_pairs_finds() -> None:
    made = random.Random(3)
    texts = []
    for _ in range(12):
        words = made.choices(WORDS, k=60)
        for _ in range(6):
            copy = list(words)
            for _ in range(made.randint(0, 4)):
                copy[made.randrange(60)] = made.choice(WORDS)
            texts.append(" ".join(copy[: made.randint(54, 60)]))
    shown = {one.chunk.number for one in distinct([passage(text, n) for n, text in enumerate(texts)], "")}
    expected: list[str] = []
    for number, text in enumerate(texts):
        if any(_alike(text, other) for other in expected):
            assert number not in shown
        else:
            assert number in shown
            expected.append(text)
    assert len(expected) < len(texts)


def _alike(one: str, other: str) -> bool:
    both = [one.split(), other.split()]
    first, second = ({tuple(words[at : at + 3]) for at in range(len(words) - 2)} for words in both)
    lengths = sorted(map(len, both))
    return lengths[0] >= ALIKE * lengths[1] and len(first & second) >= ALIKE * len(first | second)


def test_hundreds_of_passages_are_compared_in_a_moment() -> None:
    """Comparing all pairs of two thousand texts of 150 words takes more than ten seconds."""
    made = random.Random(4)
    texts = [" ".join(made.choices(WORDS, k=150)) for _ in range(1_000)]
    started = time.perf_counter()
    assert len(distinct([passage(text, n) for n, text in enumerate(texts * 2)], "")) == 1_000
    assert time.perf_counter() - started < 5


def test_what_all_texts_begin_with_makes_no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five hundred letters under one letterhead took minutes: each was held against each, sixteen times."""
    compared: list[int] = []
    resembles = duplicates._Text.resembles

    def counted(one: duplicates._Text, other: duplicates._Text) -> bool:
        compared.append(1)
        return resembles(one, other)

    monkeypatch.setattr(duplicates._Text, "resembles", counted)
    head = " ".join(f"aa{word}" for word in WORDS[:20])
    letters = [f"{head} {' '.join(word + f'{number:b}'.translate(LETTERS) for word in WORDS)}" for number in range(60)]
    assert len(distinct([passage(text, 0, f"d{number}") for number, text in enumerate(letters)], "")) == 60
    assert len(compared) < 60


def test_of_several_that_it_resembles_the_best_has_it_as_its_twin() -> None:
    found = told([passage(changed(2), 0, "a"), passage(changed(97), 0, "b"), passage(CLAUSE, 0, "c")])
    assert found == [("a0", ["c0"]), ("b0", [])]
