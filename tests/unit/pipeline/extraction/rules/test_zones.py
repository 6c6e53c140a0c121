"""Values are looked for behind a label, to its right, and below it."""

import pytest

from pipeline.extraction.rules.zones import skip_punctuation, zones_of


@pytest.fixture
def zones(drawn, case_of):
    def find(drawing, concept="total"):
        view = case_of(drawn(drawing), {}).view
        return [
            (zone.relation, zone.text)
            for label in view.labels.of([concept])
            for zone in zones_of(label, view.layout, view.labels)
        ]

    return find


def test_the_rest_of_the_labels_own_text_comes_first(zones):
    assert zones("Total: 47.90   USD") == [("inside", "47.90"), ("right", "USD")]


def test_to_the_right_up_to_the_next_label(zones):
    assert zones("Total   47.90   EUR   Due date:   1 May") == [("right", "47.90"), ("right", "EUR")]


def test_a_colon_in_a_run_of_its_own_is_passed_over(zones):
    assert zones("Total   :   47.90") == [("right", "47.90")]


def test_below_a_label_that_stands_alone(zones):
    assert zones("Total\n47.90") == [("below", "47.90")]


def test_a_label_below_a_label_is_no_value(zones):
    assert zones("Total\nDue date") == []


def test_nothing_far_below_belongs_to_a_label(zones):
    assert zones("Total\n\n\n\n47.90") == []


def test_a_value_below_is_flush_with_its_label(zones):
    drawing = "Order     Total     Date\n17        47.90     1 May"
    assert zones(drawing) == [("below", "47.90")]


def test_a_second_label_in_the_same_run_ends_the_value(zones):
    assert zones("Guest Name: Sanjay Date: 31/12/2017", "buyer")[0] == ("inside", "Sanjay ")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (": 5", "5"),
        (" (EUR): 5", "5"),
        (" (6%) 5", "5"),
        (". . . 5", "5"),
        (" Nr. 471", "471"),
        (" - 471", "471"),
        (" (5)", "(5)"),
    ],
)
def test_punctuation_and_remarks_before_a_value_are_skipped(text, rest):
    assert text[skip_punctuation(text, 0, len(text)) :] == rest
