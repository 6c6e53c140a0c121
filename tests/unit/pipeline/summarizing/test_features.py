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


@pytest.mark.parametrize(
    ("fewer", "more"), [((3, 3), (5, 3)), ((9, 2), (9, 5)), ((60, 9), (36, 9)), ((200, 9), (60, 9))]
)
def test_stumps_talk_without_content_and_endless_sentences_are_worth_less(
    fewer: tuple[int, int], more: tuple[int, int]
) -> None:
    assert features.length(*fewer, enough=8) < features.length(*more, enough=8)


def test_a_stump_is_worth_nothing() -> None:
    assert features.length(3, 3, enough=8) == 0.0


def test_a_sentence_has_to_carry_more_the_less_is_kept() -> None:
    assert features.enough_terms(3, 6) == features.TERSE
    assert features.TERSE < features.enough_terms(3, 12) < features.enough_terms(3, 30) < features.LADEN
    assert features.enough_terms(1, 0) == features.TERSE


def test_what_was_said_is_without_names_and_marks() -> None:
    assert features.said("PhD C: It {vocalsound} floats [laughter] .").split() == ["It", "floats", "."]
    assert features.said("See [1] and <b>.") == "See [1] and <b>."


def test_a_text_of_turns_is_a_conversation_and_one_with_a_label_is_none() -> None:
    turns = [
        candidate(text) for text in ("Anna Berg: Shall we start?", "#2: We do.", "The boat is late.", "PhD C: Why?")
    ]
    assert features.is_conversation(turns)
    assert not features.is_conversation([*turns, *(candidate("The boat is late again today.") for _ in range(20))])
    assert not features.is_conversation([candidate("Note: the boat is late.")])


def test_a_first_line_that_is_no_sentence_is_the_headline() -> None:
    body = candidate("The yard delivers the ferry in May.", opens_paragraph=True)
    assert features.headline([candidate("New ferry for Gull Island"), body]) == "New ferry for Gull Island"
    assert features.headline([candidate("The new ferry has come to Gull Island."), body]) is None
    assert features.headline([candidate("one " * 20), body]) is None
    assert features.headline([candidate("New ferry for Gull Island")]) is None


@pytest.mark.parametrize(
    "text",
    [
        "In this paper we propose a slower algorithm.",
        "Our experiments clearly show that it floats.",
        "To conclude, the harbour is full.",
        "Nous proposons une méthode.",
    ],
)
def test_what_says_what_a_text_is_about_is_an_announcement(text: str) -> None:
    assert features.announcement(text) == 1.0


def test_a_statement_like_any_other_is_no_announcement() -> None:
    assert features.announcement("We met on the quay and this report was not there.") == 0.0


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
        "The , uh , yard delivers {disfmarker} um , the ferry .",
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
