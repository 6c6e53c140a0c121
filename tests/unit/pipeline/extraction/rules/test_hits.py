"""Candidates that stand in the layout: how sure they are, and where they say they stand."""

import pytest

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.hits import evidence_of, make_hit
from schemas.evidence import PageEvidence, TextEvidence


def run_of(text, *, page=1, confidence=1.0, places=None):
    """A run whose evidence is its own stretch, in a box for each character."""

    def on_page(start, end):
        return [PageEvidence(page=page, boxes=[(0.0, 0.0, end / 100, 0.1)], quote=text[start:end])]

    return Run(
        text=text,
        offsets=[0],
        boxes=[(0, 0, 1, 1)],
        places=places or on_page,
        page=page,
        confidence=confidence,
    )


@pytest.mark.parametrize(("confidence", "score"), [(1.0, 0.8), (0.5, 0.6), (0.0, 0.4)])
def test_doubt_of_the_recognition_takes_up_to_half_of_the_score(confidence, score):
    run = run_of("Total", confidence=confidence)
    assert make_hit("Total", 0.8, "rule", [(run, 0, 5)]).score == pytest.approx(score)


def test_the_most_doubtful_of_several_runs_counts():
    sure, doubtful = run_of("12"), run_of("50", confidence=0.2)
    hit = make_hit("12.50", 1.0, "rule", [(sure, 0, 2), (doubtful, 0, 2)])
    assert hit.score == pytest.approx(0.6)
    assert hit.run is sure, "it begins with the first"


def test_lines_of_one_page_are_one_place_with_a_box_each():
    spans = [(run_of("1 High Street"), 2, 13), (run_of("London"), 0, 6)]
    [place] = evidence_of(spans)
    assert isinstance(place, PageEvidence)
    assert place.quote == "High Street London"
    assert place.boxes == [(0.0, 0.0, 0.13, 0.1), (0.0, 0.0, 0.06, 0.1)]


def test_lines_of_two_pages_are_two_places():
    found = evidence_of([(run_of("one", page=1), 0, 3), (run_of("two", page=2), 0, 3), (run_of("three", page=2), 0, 5)])
    assert [(place.page, place.quote) for place in found] == [(1, "one"), (2, "two three")]


def test_places_that_are_on_no_page_stay_as_they_are():
    text = run_of("words", places=lambda start, end: [TextEvidence(start=start, end=end, quote="w", section=None)])
    assert [place.kind for place in evidence_of([(text, 0, 2), (text, 3, 5)])] == ["text", "text"]


def test_evidence_is_asked_for_only_when_it_is_wanted():
    asked = []
    run = run_of("Total", places=lambda start, end: asked.append((start, end)) or [])
    hit = make_hit("Total", 0.8, "rule", [(run, 1, 3)])
    assert asked == []
    assert hit.places() == []
    assert asked == [(1, 3)]
