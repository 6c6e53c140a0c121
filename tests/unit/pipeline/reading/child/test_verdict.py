"""How a child ended, and what that is called."""

import signal

import pytest

from pipeline.errors import ParserCrashed, ParserOutOfMemory, ParserProtocolError, ParserTimeout
from pipeline.reading.child.verdict import Ended, verdict
from pipeline.settings import Sandbox

LIMITS = Sandbox(cpu_seconds=10, memory_bytes=1000)


def of(code, cpu=0.0, words=b""):
    return verdict(Ended(code=code, resident_bytes=0, cpu_seconds=cpu), LIMITS, words)


@pytest.mark.parametrize(("code", "cpu"), [(-signal.SIGXCPU, 10.0), (-signal.SIGKILL, 15.0)])
def test_a_child_that_used_up_its_processor_time_timed_out(code, cpu):
    error = of(code, cpu)
    assert isinstance(error, ParserTimeout)
    assert error.facts == {"limit": "cpu", "seconds": 10}


def test_a_child_killed_by_somebody_else_crashed_and_may_be_tried_again():
    error = of(-signal.SIGKILL, 1.0)
    assert isinstance(error, ParserCrashed)
    assert error.retryable
    assert error.facts == {"signal": "SIGKILL"}


def test_an_abort_for_want_of_memory_is_told_from_other_aborts():
    words = b"terminate called after throwing an instance of 'std::bad_alloc'"
    assert isinstance(of(-signal.SIGABRT, words=words), ParserOutOfMemory)
    assert isinstance(of(-signal.SIGABRT, words=b"assertion failed: bad_allocation"), ParserCrashed)
    assert isinstance(of(-signal.SIGSEGV, words=words), ParserCrashed)


def test_an_end_without_an_answer_breaks_the_protocol():
    assert isinstance(of(0), ParserProtocolError)


@pytest.mark.parametrize(("code", "facts"), [(70, {"exit_status": 70}), (-signal.SIGSEGV, {"signal": "SIGSEGV"})])
def test_the_facts_say_how_it_ended(code, facts):
    assert of(code).facts == facts
