from pipeline.reading.passages import TextPassage
from pipeline.summarizing import scoring
from pipeline.summarizing.candidates import Candidate
from pipeline.summarizing.scoring import Setting, Weights, score


def candidates(*texts: str, opening: frozenset[int] = frozenset()) -> list[Candidate]:
    return [
        Candidate(
            text=text,
            passage=TextPassage(text=text, kind="paragraph", offset=0),
            start=0,
            end=len(text),
            opens_paragraph=number in opening,
        )
        for number, text in enumerate(texts)
    ]


def setting(*titles: str, spoken: bool = False) -> Setting:
    return Setting(titles=titles, language="en", spoken=spoken, wanted=1)


def test_a_sentence_that_takes_up_the_title_scores_higher() -> None:
    found = candidates(
        "The old lighthouse was painted white again last year.", "The new timetable of the ferries begins in May."
    )
    weights = Weights(position=0.0)
    plain = score(found, setting(), weights).scores
    titled = score(found, setting("New ferries timetable"), weights).scores
    assert titled[1] - plain[1] > 0.1
    assert titled[0] == plain[0]


def test_decisions_score_higher_in_meetings_only() -> None:
    found = candidates(
        "The team talked about rain and wind for an hour.", "The team decided to stop all boats on Saturday."
    )
    meeting, essay = score(found, setting("Minutes")).scores, score(found, setting("Essay")).scores
    assert meeting[1] > essay[1]
    assert meeting[0] == essay[0]


def test_where_a_sentence_was_said_does_not_count_in_speech() -> None:
    found = candidates(
        "The yard delivers the ferry in the month of May.", "A storm closes the landing stage on Gull Island."
    )
    first, second = score(found, setting(spoken=True)).scores
    assert first == second


def test_of_very_many_sentences_only_the_promising_are_compared() -> None:
    count = scoring.GRAPH_LIMIT + 300
    found = candidates(*(f"The harbour number {n} has a crane of its own today." for n in range(count)))
    scored = score(found, setting())
    assert len(scored.candidates) == len(scored.scores) == len(scored.cosines) == scoring.GRAPH_LIMIT
    assert scored.candidates == sorted(scored.candidates, key=found.index)
    assert scored.candidates[0] is found[0]


def test_beyond_the_limit_openings_of_paragraphs_are_looked_at_first() -> None:
    count = scoring.TERMS_LIMIT + 5
    last = count - 1
    found = candidates(
        *("and so it was" for _ in range(last)), "The last paragraph says that all is well.", opening=frozenset({last})
    )
    assert found[-1] in score(found, setting()).candidates


def test_no_sentences_have_no_scores() -> None:
    assert score([], setting()).candidates == []
