"""Right, wrong, missing and spurious, told apart and added up."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.figures import summarize
from pipeline.evaluation.labels import make_label
from pipeline.evaluation.outcomes import compare
from pipeline.extraction.leaves import read_schema

SCHEMA = read_schema(
    {
        "type": "object",
        "properties": {
            **{name: {"type": "string"} for name in "abcd"},
            "rows": {
                "type": "array",
                "items": {"type": "object", "properties": {"t": {"type": "string"}, "n": {"type": "number"}}},
            },
        },
    }
)
USAGE = {"seconds": 2, "cost": 0.5, "currency": "EUR", "input_tokens": 3, "output_tokens": 4}


def found(value, confidence=0.9, quote=None, **more):
    evidence = [{"kind": "page", "page": 1, "boxes": [[0, 0, 1, 1]], "quote": str(value) if quote is None else quote}]
    return {"value": value, "confidence": confidence, "evidence": evidence, **more}


def compared(truth, fields):
    return compare(make_label("x", truth, SCHEMA), fields)


def test_right_wrong_missing_spurious_and_absent_are_told_apart():
    one = compared(
        {"a": "one", "b": "two", "c": "three", "d": None},
        {"/a": found("one"), "/b": found("other"), "/d": found("made up")},
    )
    assert [item.outcome for item in one.items] == ["right", "wrong", "missing", "spurious"]
    assert [item.outcome for item in compared({"d": None}, {"/d": found(None)}).items] == ["absent"]
    overall = summarize([one], [USAGE])["overall"]
    assert (overall["accuracy"], overall["labelled"]) == (0.3333, 3)
    assert overall["wrong_share"] == 0.6667


def test_what_the_label_does_not_speak_of_is_not_scored():
    assert (
        compared({"a": "one"}, {"/a": found("one"), "/b": found("two")}).items
        == compared({"a": "one"}, {"/a": found("one")}).items
    )


def test_rows_are_matched_wherever_they_stand():
    truth = {"rows": [{"t": "first", "n": 1}, {"t": "second", "n": 2}, {"t": "third", "n": 3}]}
    fields = {
        "/rows/0/t": found("third"), "/rows/0/n": found(3),
        "/rows/1/t": found("second"), "/rows/1/n": found(9),
        "/rows/2/t": found("ghost"), "/rows/2/n": found(7),
        "/rows/3/n": found(None),
    }  # fmt: skip
    one = compared(truth, fields)
    assert [row.outcome for row in one.rows] == ["missing", "wrong", "right", "spurious"]
    figures = summarize([one], [USAGE])
    assert figures["fields"]["/rows/*/n"] == {
        "accuracy": 0.3333, "wrong_share": 0.6667, "labelled": 3,
        "right": 1, "wrong": 1, "missing": 1, "spurious": 1, "absent": 0,
    }  # fmt: skip
    assert figures["rows"]["/rows/*"]["right"] == 1


def test_values_above_the_threshold_of_review_and_evidence_are_counted():
    one = compared(
        {"a": "one", "b": "two", "c": "three"},
        {"/a": found("one"), "/b": found("two", 0.2, quote="elsewhere", needs_review=True), "/c": found("no")},
    )
    figures = summarize([one], [USAGE])
    assert figures["confidence"]["above_review"] == {"share": 0.6667, "accuracy": 0.5}
    assert figures["evidence"] == {"right_values": 2, "hit_rate": 0.5}


def test_time_and_cost_are_means_of_the_documents():
    usage = summarize([], [USAGE, {**USAGE, "seconds": 4, "cost": 0}])["usage"]
    assert (usage["seconds_per_document"], usage["cost_per_document"], usage["currency"]) == (3, 0.25, "EUR")
    assert summarize([], [])["usage"]["seconds_per_document"] is None


texts = st.sampled_from(["alpha", "bravo", "charlie", None])


@given(st.dictionaries(st.sampled_from("abcd"), texts), st.dictionaries(st.sampled_from("abcd"), texts))
def test_every_labelled_value_is_counted_once(truth, values):
    one = compared(truth, {f"/{name}": found(value) for name, value in values.items()})
    overall = summarize([one], [])["overall"]
    assert overall["labelled"] == sum(value is not None for value in truth.values())
    assert overall["right"] + overall["wrong"] + overall["missing"] + overall["spurious"] + overall["absent"] == len(
        truth
    )


@given(st.lists(st.tuples(st.sampled_from(["alpha", "bravo", "charlie"]), st.integers(1, 5)), max_size=6), st.randoms())
def test_what_is_given_as_labelled_is_right_in_any_order(rows, random):
    shuffled = random.sample(rows, len(rows))
    fields = {}
    for index, (text, number) in enumerate(shuffled):
        fields |= {f"/rows/{index}/t": found(text), f"/rows/{index}/n": found(number)}
    one = compared({"rows": [{"t": text, "n": number} for text, number in rows]}, fields)
    assert [row.outcome for row in one.rows] == ["right"] * len(rows)
    assert {item.outcome for item in one.items} <= {"right"}
