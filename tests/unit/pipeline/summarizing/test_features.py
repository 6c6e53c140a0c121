import pytest

from pipeline.reading.passages import TextPassage
from pipeline.summarizing import features
from pipeline.summarizing.candidates import Candidate


def candidate(
    text: str, *, opens_section: bool = False, opens_paragraph: bool = False, page: int | None = None
) -> Candidate:
    passage = TextPassage(text=text, kind="paragraph", offset=0, page=page)
    return Candidate(
        text=text, passage=passage, start=0, end=len(text), opens_section=opens_section, opens_paragraph=opens_paragraph
    )


def test_beginnings_count_more_the_higher_they_stand() -> None:
    late = [
        features.position(candidate("x", opens_section=section, opens_paragraph=paragraph), 100, 200)
        for section, paragraph in ((True, True), (False, True), (False, False))
    ]
    assert features.position(candidate("x"), 0, 200) == 1.0
    assert late[0] > late[1] > late[2]


def test_the_end_of_a_long_document_counts_a_little() -> None:
    assert features.position(candidate("x"), 199, 200) > features.position(candidate("x"), 150, 200)


@pytest.mark.parametrize(("fewer", "more"), [(3, 5), (5, 9), (60, 40), (200, 60)])
def test_stumps_and_endless_sentences_are_worth_less(fewer: int, more: int) -> None:
    assert features.length(fewer) < features.length(more)


def test_a_stump_is_worth_nothing() -> None:
    assert features.length(3) == 0.0


def test_half_of_the_title_words_are_enough() -> None:
    assert features.overlap(["ferri", "tern"], {"electr", "ferri"}) == 1.0
    assert features.overlap(["bread"], {"electr", "ferri"}) == 0.0
    assert features.overlap(["bread"], set()) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "Page 3 of 10",
        "Write to refunds@example.com or call us.",
        "All rights reserved by the company.",
        "What will happen next year?",
        '"Charges" means the amounts payable by the Customer for the work.',
        "However, it did not arrive in time.",
        "12.50 13.00 14.75 16.20 and 18.",
        "ALL SHOUTING IS TIRING TO READ.",
        "Chapter one ........ 12",
    ],
)
def test_what_cannot_stand_on_its_own_is_worth_less(text: str) -> None:
    assert features.soundness(candidate(text)) < features.soundness(candidate("The yard delivers the ferry in May."))


def test_an_unfinished_sentence_on_a_page_is_worth_less() -> None:
    assert features.soundness(candidate("The yard delivers", page=1)) < 1.0
    assert features.soundness(candidate("the yard delivers")) == 1.0


@pytest.mark.parametrize(
    "text", ["We decided to stop all boats.", "The board approved the contract.", "That was the decision of the group."]
)
def test_decisions_are_commitments(text: str) -> None:
    assert features.commitment(text) == 1.0


def test_tasks_are_commitments_and_talk_is_not() -> None:
    assert 0 < features.commitment("Anna will write the timetable by Friday.") < 1
    assert features.commitment("The weather was fine.") == 0.0


def test_a_meeting_is_told_by_speech_or_by_its_title() -> None:
    assert features.is_meeting([], spoken=True)
    assert features.is_meeting(["Minutes of the board"], spoken=False)
    assert not features.is_meeting(["Price list"], spoken=False)
