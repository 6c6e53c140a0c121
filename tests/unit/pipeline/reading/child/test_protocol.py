"""Frames between parent and child: what is written is read back, and nothing else is taken for an answer."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import (
    DamagedFile,
    InputError,
    JobCancelled,
    LimitExceeded,
    ParserOutOfMemory,
    ParserProtocolError,
    SheafError,
    Unauthenticated,
)
from pipeline.reading.child.protocol import (
    CHUNK_BYTES,
    ERROR_BYTES,
    HEADER,
    LENGTH,
    PROGRESS_FRAMES,
    Answer,
    Kind,
    Request,
    check_task,
    error_frame,
    page_frame,
    progress_frame,
    result_frames,
)
from pipeline.settings import Sandbox


def frame(kind, body):
    return HEADER.pack(kind, len(body)) + body


def fed(data, max_bytes=10 * CHUNK_BYTES):
    answer = Answer(max_bytes)
    answer.feed(data)
    return answer


def refuse(data, because):
    with pytest.raises(ParserProtocolError, match=because):
        fed(data)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_a_result_comes_back_whole(size):
    result = bytes(range(256)) * (size // 256) + bytes(size % 256)
    answer = fed(b"".join(result_frames(result)))
    assert answer.ended
    assert answer.result() == result


@given(st.data())
def test_it_does_not_matter_how_the_stream_is_cut(data):
    stream = (
        progress_frame(0.25) + b"".join(result_frames(b"a result"))
        if data.draw(st.booleans())
        else error_frame(DamagedFile("torn", page=3))
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    answer = Answer(100)
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        answer.feed(stream[start:stop])
    assert answer.ended


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_for_and_never_a_surprise(noise):
    answer = Answer(1000)
    try:
        answer.feed(noise)
    except (ParserProtocolError, LimitExceeded):
        return
    assert answer.ended or answer.error is None


def test_an_error_comes_back_as_its_class_with_message_and_facts():
    answer = fed(error_frame(DamagedFile("the third page is torn", page=3, parts=["a", None, 1.5])))
    assert isinstance(answer.error, DamagedFile)
    assert answer.error.message == "the third page is torn"
    assert answer.error.facts == {"page": 3, "parts": ["a", None, 1.5]}


def test_an_error_without_its_own_message_keeps_the_default():
    answer = fed(error_frame(ParserOutOfMemory(limit_bytes=1)))
    assert answer.error is not None
    assert answer.error.message == "Reading the file needed more memory than the limit."


def test_facts_that_are_too_large_stay_behind():
    answer = fed(error_frame(DamagedFile("torn", text="x" * ERROR_BYTES)))
    assert answer.error is not None
    assert (answer.error.message, answer.error.facts) == ("torn", {})


def test_facts_whose_names_are_no_names_stay_behind():
    answer = fed(error_frame(DamagedFile("torn", **{"Page One": 1, "page": 1})))
    assert answer.error is not None
    assert answer.error.facts == {"page": 1}


def test_a_message_with_half_a_character_still_arrives():
    answer = fed(error_frame(DamagedFile("name \ud800.pdf")))
    assert answer.error is not None
    assert answer.error.message == "name ?.pdf"


@pytest.mark.parametrize("error", [Unauthenticated(), JobCancelled(), SheafError("internal")])
def test_errors_that_are_not_about_the_file_cannot_come_from_a_child(error):
    refuse(error_frame(error), "does not raise")


def test_any_input_error_can_come_from_a_child():
    assert isinstance(fed(error_frame(InputError("odd"))).error, InputError)


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"\x00\x00\x00\x00\x00", "unknown kind 0"),
        (b"\xff\x00\x00\x00\x00", "unknown kind 255"),
        (HEADER.pack(Kind.CHUNK, CHUNK_BYTES + 1), "CHUNK frame of"),
        (HEADER.pack(Kind.ERROR, 2**32 - 1), "ERROR frame of"),
        (frame(Kind.PROGRESS, b"\x00" * 4), "wrong length"),
        (frame(Kind.PAGE, b"\x00" * 3), "wrong length"),
        (HEADER.pack(Kind.PAGE, 5), "PAGE frame of"),
        (frame(Kind.PROGRESS, struct.pack("!d", float("nan"))), "not from 0 to 1"),
        (frame(Kind.PROGRESS, struct.pack("!d", 1.01)), "not from 0 to 1"),
        (frame(Kind.FINISHED, LENGTH.pack(1)), "not as long"),
        (frame(Kind.FINISHED, b""), "not as long"),
        (frame(Kind.CHUNK, b""), "too small"),
        (frame(Kind.CHUNK, b"a") + frame(Kind.CHUNK, b"b"), "too small"),
        (b"".join(result_frames(b"")) + b"x", "went on"),
        (b"".join(result_frames(b"")) * 2, "went on"),
        (frame(Kind.ERROR, b"{"), "does not parse"),
        (frame(Kind.ERROR, b"[" * ERROR_BYTES), "does not parse"),
        (frame(Kind.ERROR, b'{"name": "damaged-file", "message": "m"}'), "does not parse"),
        (frame(Kind.ERROR, b'{"name": "damaged-file", "message": "m", "facts": {}, "more": 1}'), "does not parse"),
        (frame(Kind.ERROR, b'{"name": "damaged-file", "message": "m", "facts": {"self": 1}}'), "no sensible name"),
        (frame(Kind.ERROR, b'{"name": "nothing", "message": "m", "facts": {}}'), "does not raise"),
    ],
)
def test_what_is_not_an_answer_is_refused(data, because):
    refuse(data, because)


def test_a_result_above_the_limit_is_refused_before_it_is_held():
    with pytest.raises(LimitExceeded) as caught:
        fed(b"".join(result_frames(bytes(101))), max_bytes=100)
    assert caught.value.facts == {"limit": "output", "limit_bytes": 100}


def test_a_flood_of_progress_is_refused():
    refuse(progress_frame(0.5) * (PROGRESS_FRAMES + 1), "flood")
    refuse(page_frame(1) * (PROGRESS_FRAMES + 1), "flood")


def test_the_page_that_was_begun_last_is_known_until_there_is_none_any_more():
    answer = Answer(1000)
    assert answer.page is None
    answer.feed(page_frame(1) + progress_frame(0.5) + page_frame(2))
    assert answer.page == 2
    answer.feed(page_frame(0))
    assert answer.page is None


@pytest.mark.parametrize(("given", "told"), [(0.5, 0.5), (-1.0, 0.0), (7.0, 1.0), (float("nan"), 0.0)])
def test_progress_is_moved_into_its_range_by_who_reports_it(given, told):
    assert fed(progress_frame(given)).progress == told


def test_a_request_survives_the_way():
    request = Request(task="pipeline.a:b", arguments={"x": [1, "é", None]}, limits=Sandbox(), scratch="/s")
    assert Request.model_validate_json(request.to_bytes()) == request


def test_arguments_that_json_cannot_hold_are_refused():
    with pytest.raises(TypeError):
        Request(task="pipeline.a:b", arguments={"x": object()}, limits=Sandbox(), scratch="/s").to_bytes()


@pytest.mark.parametrize(
    "name", ["os:system", "pipeline.a", "pipeline:a", "pipeline.a:b.c", "pipeline..a:b", "pipeline.a:B"]
)
def test_only_our_own_functions_are_tasks(name):
    with pytest.raises(ValueError, match="not the name of a task"):
        check_task(name)
