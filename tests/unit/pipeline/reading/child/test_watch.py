"""The parent's view of one child, with pipes of our own in the place of the child's."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from pipeline.errors import DamagedFile, JobCancelled, ParserCrashed, ParserProtocolError, ParserTimeout
from pipeline.reading.child.protocol import error_frame, page_frame, progress_frame, result_frames
from pipeline.reading.child.watch import LAST_WORDS_BYTES, Watch
from pipeline.reading.child.zygote import ENDED, RECORD, REFUSED, STARTED
from pipeline.settings import Sandbox

MIB = 1024 * 1024


@dataclass
class Child:
    """Writes what a child and its zygote would."""

    answer: int
    words: int
    status: socket.socket
    ends: list[int] = field(default_factory=list)

    def says(self, *frames: bytes) -> None:
        for frame in frames:
            os.write(self.answer, frame)

    def prints(self, text: bytes) -> None:
        os.write(self.words, text)

    def starts(self) -> None:
        self.status.send(RECORD.pack(STARTED, 4711, 0, 0.0))

    def ends_with(self, code: int, *, cpu_seconds: float = 0.0) -> None:
        self.status.send(RECORD.pack(ENDED, code, 1000, cpu_seconds))


@pytest.fixture
def child() -> Iterator[tuple[Child, Callable[..., bytes]]]:
    answer, answer_end = os.pipe()
    words, words_end = os.pipe()
    status, status_end = socket.socketpair()
    made = Child(answer_end, words_end, status_end)

    def follow(*, limits: Sandbox | None = None, progress=lambda _: None, cancelled=lambda: False) -> bytes:
        watch = Watch(limits or Sandbox(), progress=progress, cancelled=cancelled)
        return watch.follow(answer, words, status)

    yield made, follow
    for descriptor in (answer, answer_end, words, words_end):
        os.close(descriptor)
    status.close()
    status_end.close()


def test_a_result_in_pieces_is_put_together_and_progress_is_told(child) -> None:
    one, follow = child
    told: list[float] = []
    one.starts()
    one.says(progress_frame(0.25), progress_frame(0.75), b"".join(result_frames(b"x" * 1000)))
    assert follow(progress=told.append) == b"x" * 1000
    assert told[-1] == 0.75


def test_what_a_child_wrote_before_it_ended_still_counts(child) -> None:
    one, follow = child
    one.starts()
    one.says(*result_frames(b"all of it"))
    one.ends_with(0)
    assert follow() == b"all of it"


def test_an_error_of_the_child_comes_out_as_it_is(child) -> None:
    one, follow = child
    one.starts()
    one.says(page_frame(3), error_frame(DamagedFile("torn", page=9)))
    with pytest.raises(DamagedFile, match="torn") as caught:
        follow()
    assert caught.value.facts == {"page": 9}, "only of its own end a child may not name the page"


@pytest.mark.parametrize(
    ("code", "facts"),
    [(-signal.SIGSEGV, {"signal": "SIGSEGV"}), (-signal.SIGKILL, {"signal": "SIGKILL"}), (7, {"exit_status": 7})],
)
def test_a_child_that_ends_without_an_answer_has_crashed_at_its_page(child, code, facts) -> None:
    one, follow = child
    one.starts()
    one.says(page_frame(1), page_frame(2))
    one.ends_with(code)
    with pytest.raises(ParserCrashed) as caught:
        follow()
    assert caught.value.facts == {**facts, "page": 2}


def test_a_page_that_a_child_claims_of_its_crash_is_replaced_by_the_one_it_began(child) -> None:
    one, follow = child
    one.starts()
    one.says(page_frame(2), error_frame(ParserCrashed("fell", exception="KeyError", page="seven")))
    with pytest.raises(ParserCrashed) as caught:
        follow()
    assert caught.value.facts == {"exception": "KeyError", "page": 2}


def test_an_answer_that_stops_half_way_is_none(child) -> None:
    one, follow = child
    one.starts()
    one.says(b"".join(result_frames(b"x" * 1000))[:500])
    one.ends_with(0)
    with pytest.raises(ParserProtocolError):
        follow()


def test_a_child_that_could_not_be_forked_is_an_error_with_the_reason(child) -> None:
    one, follow = child
    one.status.send(RECORD.pack(REFUSED, 11, 0, 0.0))
    with pytest.raises(ParserCrashed, match="temporarily unavailable"):
        follow()


def test_a_zygote_that_dies_is_an_error(child) -> None:
    one, follow = child
    one.status.shutdown(socket.SHUT_RDWR)
    with pytest.raises(ParserCrashed, match="has died"):
        follow()


def test_time_without_a_sign_is_limited_and_begun_pages_are_signs(child) -> None:
    one, follow = child
    one.starts()
    pages = list(range(1, 9))

    def turn_page() -> bool:  # asked every tenth of a second
        if pages:
            one.says(page_frame(pages.pop(0)))
        return False

    began = time.monotonic()
    with pytest.raises(ParserTimeout) as caught:
        follow(limits=Sandbox(page_seconds=0.4), cancelled=turn_page)
    assert time.monotonic() - began > 1.0, "eight pages and the time without a sign"
    assert caught.value.facts == {"limit": "progress", "seconds": 0.4, "page": 8}


def test_the_whole_time_is_limited_whatever_signs_there_are(child) -> None:
    one, follow = child
    one.starts()
    with pytest.raises(ParserTimeout) as caught:
        follow(limits=Sandbox(wall_seconds=0.3), cancelled=lambda: bool(one.says(progress_frame(0.5))))
    assert caught.value.facts["limit"] == "wall"


def test_no_clock_runs_before_the_child_has_started(child) -> None:
    one, follow = child

    def late() -> None:
        time.sleep(1.2)
        one.says(*result_frames(b"late"))
        one.starts()

    starting = threading.Thread(target=late)
    starting.start()
    assert follow(limits=Sandbox(page_seconds=0.5, wall_seconds=0.5)) == b"late"
    starting.join()


def test_a_cancelled_call_ends_at_once(child) -> None:
    one, follow = child
    one.starts()
    with pytest.raises(JobCancelled):
        follow(cancelled=lambda: True)


def test_last_words_are_logged_bounded_and_harmless(child, caplog) -> None:
    one, follow = child
    one.starts()
    one.prints(b"early " * 2000 + b"\x1b[31mred\r\n\xff the end")
    one.ends_with(-signal.SIGABRT)
    with pytest.raises(ParserCrashed):
        follow()
    [said] = [record.getMessage() for record in caplog.records]
    assert "the end" in said
    assert "\x1b" not in said
    assert len(said) < LAST_WORDS_BYTES + 500
    assert all(line.startswith("  | ") for line in said.splitlines()[1:])
