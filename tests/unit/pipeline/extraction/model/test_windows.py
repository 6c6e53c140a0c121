"""One window: repaired once, continued where it was cut, halved where that does not help, and never asked for ever."""

import pytest

from pipeline.errors import JobCancelled, ModelRejected, ModelTimeout, ModelUnavailable
from pipeline.extraction.leaves import read_schema
from pipeline.extraction.model.compact import MAX_ITEMS, compact_schema
from pipeline.extraction.model.reading import read_windows
from pipeline.extraction.model.windows import Asked
from pipeline.extraction.validation import SchemaValidator
from pipeline.models.chat import Message
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.models.traced import traced_chat
from pipeline.prompting.windows import PartForm, Window
from pipeline.tracing.current import spanned
from pipeline.tracing.spans import NO_TRACER
from schemas import exact_json
from tests.support.traces import Recorder

SCHEMA = {
    "type": "object",
    "properties": {
        "no": {"type": "string", "pattern": "^A"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    },
}


class Words:
    """Says what it was asked to say, in words that a script can wait for."""

    def __init__(self):
        self.said = []

    def show(self, window):
        return self._say(f"pages {' '.join(map(str, window.numbers))}.")

    def repair(self, messages, answer, faults):
        return self._say(f"{messages[0].parts[0]} REPAIR {faults}")

    def resume(self, messages, answer, path, count, last):
        return self._say(f"{messages[0].parts[0]} RESUME {path} behind {count}: {last}")

    def _say(self, text):
        self.said.append(text)
        return [Message(role="user", parts=[text])]


def window(*numbers, overlap=0):
    return Window(forms=tuple(PartForm(number=n, text=True, tokens=10) for n in numbers), overlap=overlap)


PAIR = (window(1, 2),)


@pytest.fixture
def read():
    """Reads windows with a script; the reading, and what was said."""

    def make(*steps, windows=PAIR, calls=6, context=131_072, stopped=lambda: False, at_end="reject", tracer=NO_TRACER):
        script = Script(steps=[Step(**step) for step in steps], context_tokens=context, at_end=at_end)
        words, tree = Words(), read_schema(SCHEMA)
        asked = Asked(
            model=traced_chat(ScriptedChatModel(script, sleep=lambda _: None), tracer),
            words=words,
            tree=tree,
            schema=compact_schema(tree),
            validator=SchemaValidator(SCHEMA),
            max_tokens=4_000,
            timeout_seconds=5,
            stopped=stopped,
        )
        return read_windows(asked, windows, prompt="extract-1", calls_per_window=calls), words.said

    return make


def rows(*numbers):
    return [{"n": n} for n in numbers]


def said_rows(reading):
    return [
        row for piece in sorted(reading.pieces, key=lambda piece: piece.order) for row in piece.data.get("rows", [])
    ]


def test_a_good_answer_is_taken_as_it_is(read):
    reading, said = read({"value": {"no": "A-1", "rows": rows(1, 2)}})
    assert reading.pieces[0].data == {"no": "A-1", "rows": rows(1, 2)}
    assert reading.pieces[0].parts == (1, 2)
    assert not reading.gaps
    assert (len(said), reading.prompt) == (1, "extract-1")


def test_an_answer_that_does_not_fit_is_repaired_once_with_its_faults_shown(read):
    reading, said = read({"value": {"no": "B-1"}}, {"value": {"no": "A-1"}})
    assert reading.pieces[0].data == {"no": "A-1"}
    assert "REPAIR" in said[1]
    assert "/no" in said[1]
    assert not reading.gaps


def test_extra_properties_that_stay_after_the_repair_are_dropped_and_told(read):
    extra = {"value": {"no": "A-1", "mood": "good"}}
    reading, said = read(extra, extra)
    assert [piece.data for piece in reading.pieces] == [{"no": "A-1"}]
    assert [(gap.reason, gap.parts) for gap in reading.gaps] == [("answer-invalid", (1, 2))]
    assert len(said) == 2


def test_json_that_does_not_parse_is_repaired(read):
    reading, _ = read({"behave": "invalid", "value": {"no": "A-1"}}, {"value": {"no": "A-1"}})
    assert [piece.data for piece in reading.pieces] == [{"no": "A-1"}]
    assert not reading.gaps


def test_a_cut_array_goes_on_behind_its_last_whole_row(read):
    text = exact_json.dumps({"no": "A-1", "rows": rows(*range(10))}).decode()
    ended = {"text": text[: text.index('{"n":6}') + 4]}
    reading, said = read(ended, ended, {"value": {"rows": rows(6, 7, 8, 9)}})
    assert said_rows(reading) == rows(*range(10))
    assert "RESUME /rows behind 6: {'n': 5}" in said[-1]
    assert not reading.gaps


def test_a_long_array_is_continued_as_often_as_it_is_cut(read):
    def cut(*numbers):
        text = exact_json.dumps({"rows": rows(*numbers)}).decode()
        return {"behave": "cut", "text": text[:-2] + ',{"n":' + " " * len(text)}

    reading, said = read(cut(1, 2, 3), cut(4, 5), {"value": {"rows": rows(6)}})
    assert said_rows(reading) == rows(1, 2, 3, 4, 5, 6)
    assert [line.split(":")[0][-8:] for line in said[1:]] == ["behind 3", "behind 5"]
    assert not reading.gaps


def test_an_array_as_long_as_an_answer_may_be_is_continued(read):
    reading, said = read({"value": {"rows": rows(*range(MAX_ITEMS))}}, {"value": {"rows": rows(-1)}}, calls=6)
    assert said_rows(reading)[-1] == {"n": -1}
    assert f"behind {MAX_ITEMS}" in said[1]


def test_a_continuation_that_only_repeats_itself_ends(read):
    text = '{"rows": [{"n": 1}, {"n": 2}, {"n": '
    step = {"behave": "cut", "text": text + " " * len(text)}
    reading, said = read(*[step] * 6, windows=[window(1)], calls=20)
    assert [(gap.reason, gap.parts) for gap in reading.gaps] == [("answer-cut", (1,))]
    assert len(said) == 2


def test_a_loop_is_asked_for_in_halves_and_what_cannot_be_halved_is_missing(read):
    loop = {"behave": "loop", "when": "pages 1 2 3."}
    reading, said = read(
        loop, {"behave": "loop", "when": "pages 1."}, {"value": {"no": "A-2"}, "when": "pages 1 2 3."},
        {"value": {"no": "A-2"}}, {"value": {"no": "A-3"}}, windows=[window(1, 2, 3)],
    )  # fmt: skip
    assert [(gap.reason, gap.parts) for gap in reading.gaps] == [("answer-loop", (1,))]
    assert {number for piece in reading.pieces for number in piece.parts} == {1, 2, 3}
    assert said[0] == "pages 1 2 3."


def test_a_refusal_is_asked_for_in_halves(read):
    reading, _ = read({"behave": "refuse"}, {"value": {"no": "A-1"}}, {"behave": "refuse"}, windows=[window(1, 2)])
    assert [(gap.reason, gap.parts) for gap in reading.gaps] == [("answer-refused", (1, 2))]
    assert len(reading.pieces) == 1


def test_a_window_beyond_the_context_is_halved_and_a_single_page_is_missing(read):
    reading, _ = read(context=3_900, windows=[window(1, 2, 3, 4)], calls=20)
    assert {gap.reason for gap in reading.gaps} == {"context-exceeded"}
    assert {number for gap in reading.gaps for number in gap.parts} == {1, 2, 3, 4}


def test_requests_are_bounded_and_what_is_left_is_missing(read):
    reading, said = read(*[{"behave": "refuse"}] * 50, windows=[window(*range(1, 33))], calls=4)
    assert len(said) == 4
    assert {number for gap in reading.gaps for number in gap.parts} == set(range(1, 33))
    assert "calls-used-up" in {gap.reason for gap in reading.gaps}


def test_windows_share_their_requests(read):
    bad = [{"behave": "refuse", "when": "pages 1"}] * 20
    good = [{"value": {"no": "A-9"}, "when": "pages 9."}]
    reading, said = read(*bad, *good, windows=[window(9), window(*range(10, 18)), window(1)], calls=3)
    assert any(piece.data == {"no": "A-9"} for piece in reading.pieces)
    assert len(said) <= 9


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"behave": "crash"}, ModelUnavailable),
        ({"behave": "reject"}, ModelRejected),
        ({"behave": "slow", "seconds": 60, "value": {}}, ModelTimeout),
    ],
)
def test_a_model_that_fails_by_itself_ends_the_reading_with_its_own_error(read, step, error):
    with pytest.raises(error):
        read(*[step] * 5, windows=[window(1), window(2), window(3)])


def test_a_stopped_job_is_not_read_further(read):
    with pytest.raises(JobCancelled):
        read({"value": {"no": "A-1"}}, stopped=lambda: True)


def test_requests_about_windows_that_are_asked_side_by_side_are_traced_below_their_stage(read):
    recorder = Recorder()
    with spanned(recorder.tracer, "stage extract", "consumer", parent=None) as stage:
        read({"value": {"no": "A-1"}}, windows=(window(1), window(2)), at_end="repeat", tracer=recorder.tracer)
    assert [span.parent for span in recorder.named("chat scripted")] == [stage.context.span_id] * 2
