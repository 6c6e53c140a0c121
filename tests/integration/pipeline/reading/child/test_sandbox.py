"""Children that break each limit and climb each wall, and a parent that goes on."""

import errno
import os
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from pipeline.errors import (
    DamagedFile,
    JobCancelled,
    LimitExceeded,
    ParserCrashed,
    ParserOutOfMemory,
    ParserProtocolError,
    ParserTimeout,
)
from pipeline.reading.child import limits
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.child.warm import WarmProcess
from pipeline.settings import Sandbox as Limits
from tests.support.living import is_alive

MIB = 1024 * 1024
PROBES = "pipeline.reading.child.probes:"
PROBES_ONLY = ["pipeline.reading.child.probes"]


@pytest.fixture(scope="module")
def warm():
    sandbox = Sandbox(Limits(), PROBES_ONLY)
    sandbox.start()
    yield sandbox
    sandbox.close()


@pytest.fixture
def sandbox(warm):
    warm.limits = Limits()
    return warm


def probe(sandbox, name, source=None, /, **arguments):
    return sandbox.run(PROBES + name, source, arguments)


def gone(pid, seconds=60.0):
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)


def test_a_task_gets_its_arguments_and_its_result_comes_back(sandbox):
    assert orjson.loads(probe(sandbox, "echo", a=1, b=["é", None])) == {"a": 1, "b": ["é", None]}


def test_a_task_reads_the_source_from_its_beginning_and_the_callers_place_stays(sandbox):
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        file.seek(5)
        assert probe(sandbox, "echo", file) == b"0123456789"
        assert file.tell() == 5


def test_the_source_cannot_be_changed_even_when_the_caller_could(sandbox):
    with tempfile.TemporaryFile() as file:
        file.write(b"as it was")
        file.flush()
        assert probe(sandbox, "write_source", file) == b"refused"
        file.seek(0)
        assert file.read() == b"as it was"


def test_a_large_result_comes_back_whole(sandbox):
    assert probe(sandbox, "flood", bytes=20 * MIB + 1) == bytes(20 * MIB + 1)


def test_calls_run_side_by_side(sandbox):
    all_at_work = threading.Barrier(4, timeout=60)

    def call(_):
        shares = []

        def meet(share):
            if not shares:
                all_at_work.wait()
            shares.append(share)

        return sandbox.run(PROBES + "tick", None, {"seconds": 0.1}, progress=meet)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(call, range(4)))) == 4


def test_a_warm_call_costs_milliseconds(sandbox):
    probe(sandbox, "echo")
    times = []
    for _ in range(15):
        started = time.perf_counter()
        probe(sandbox, "echo")
        times.append(time.perf_counter() - started)
    assert min(times) < 0.3, "a cold one takes a second and more"


def test_an_error_of_the_task_keeps_its_class_message_and_facts(sandbox):
    with pytest.raises(DamagedFile, match="the third page is torn") as caught:
        probe(sandbox, "fail", page=3)
    assert caught.value.facts == {"page": 3}


def test_a_bug_in_a_task_is_a_crash_that_shows_nothing_of_the_file(sandbox):
    with pytest.raises(ParserCrashed) as caught:
        probe(sandbox, "fail", bug=True)
    assert caught.value.facts == {"exception": "KeyError"}
    assert "secret" not in str(caught.value)


def test_a_task_that_does_not_exist_is_a_crash(sandbox):
    with pytest.raises(ParserCrashed):
        probe(sandbox, "no_such_task")


def test_only_tasks_of_ours_are_run(sandbox):
    with pytest.raises(ValueError, match="not the name of a task"):
        sandbox.run("os:getcwd", None, {})


def test_memory_is_limited(sandbox):
    sandbox.limits = Limits(memory_bytes=200 * MIB)
    with pytest.raises(ParserOutOfMemory) as caught:
        probe(sandbox, "exhaust_memory")
    assert caught.value.facts == {"limit": "memory", "limit_bytes": 200 * MIB}


def test_an_abort_of_native_code_for_want_of_memory_is_called_that(sandbox):
    with pytest.raises(ParserOutOfMemory):
        probe(sandbox, "abort_for_memory")


@pytest.mark.parametrize("deaf", [False, True])
def test_processor_time_is_limited_even_for_who_does_not_listen(sandbox, deaf):
    sandbox.limits = Limits(cpu_seconds=1)
    with pytest.raises(ParserTimeout) as caught:
        probe(sandbox, "burn", deaf=deaf)
    assert caught.value.facts == {"limit": "cpu", "seconds": 1}


def test_the_wall_clock_is_limited_although_there_is_progress(sandbox):
    sandbox.limits = Limits(wall_seconds=0.5)
    with pytest.raises(ParserTimeout) as caught:
        probe(sandbox, "tick", seconds=60)
    assert caught.value.facts == {"limit": "wall", "seconds": 0.5}


def test_time_without_progress_is_limited_and_the_child_is_killed(sandbox):
    sandbox.limits = Limits(page_seconds=1.5)
    shares = []
    with pytest.raises(ParserTimeout) as caught:
        sandbox.run(PROBES + "stall", None, {}, progress=shares.append)
    assert caught.value.facts == {"limit": "progress", "seconds": 1.5}
    assert gone(round(shares[0] * 2**32))


def test_progress_keeps_a_slow_child_alive(sandbox):
    sandbox.limits = Limits(page_seconds=1.0)
    assert probe(sandbox, "tick", seconds=1.5).isdigit()


def test_the_result_is_limited(sandbox):
    sandbox.limits = Limits(output_bytes=MIB)
    with pytest.raises(LimitExceeded) as caught:
        probe(sandbox, "flood", bytes=MIB + 1)
    assert caught.value.facts == {"limit": "output", "limit_bytes": MIB}


def test_what_a_child_writes_to_the_disk_is_limited_and_removed(sandbox):
    found = orjson.loads(probe(sandbox, "fill_disk"))
    assert found == {"bytes": limits.SCRATCH_FILE_BYTES, "errno": errno.EFBIG}
    assert list(sandbox._warm.scratch.iterdir()) == []


def test_open_files_are_limited(sandbox):
    assert int(probe(sandbox, "open_many")) < limits.OPEN_FILES


def test_a_child_holds_no_descriptor_of_another_call_or_of_the_service(sandbox):
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(probe, sandbox, "tick", seconds=0.5)
        assert int(probe(sandbox, "descriptors")) == 4  # the three standard ones and the answer
        other.result()


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGKILL, signal.SIGTERM])
def test_a_dying_child_is_an_error_with_the_signals_name(sandbox, number):
    with pytest.raises(ParserCrashed) as caught:
        probe(sandbox, "die", signal=int(number))
    assert caught.value.facts == {"signal": number.name}


@pytest.mark.parametrize(("pages", "facts"), [([1, 2], {"page": 2}), ([1, 2, 0], {}), ([], {})])
def test_the_page_a_child_died_at_is_told(sandbox, pages, facts):
    with pytest.raises(ParserCrashed) as caught:
        probe(sandbox, "die", signal=signal.SIGSEGV, pages=pages)
    assert caught.value.facts == {"signal": "SIGSEGV", **facts}


def test_a_child_that_exits_by_itself_is_an_error(sandbox):
    with pytest.raises(ParserCrashed) as caught:
        probe(sandbox, "die", status=3)
    assert caught.value.facts == {"exit_status": 3}
    with pytest.raises(ParserProtocolError):
        probe(sandbox, "die", status=0)


@pytest.mark.parametrize("noise", ["ff" * 20, "02ffffffff", "03000000080000000000000001"])
def test_a_child_that_does_not_keep_the_protocol_is_refused(sandbox, noise):
    with pytest.raises(ParserProtocolError):
        probe(sandbox, "babble", hex=noise)


def test_a_call_can_be_cancelled(sandbox):
    shares = []
    with pytest.raises(JobCancelled):
        sandbox.run(PROBES + "stall", None, {}, progress=shares.append, cancelled=lambda: bool(shares))
    assert gone(round(shares[0] * 2**32))


def test_an_exception_of_who_is_told_the_progress_ends_the_child(sandbox):
    pids = []

    def lost(share):
        pids.append(round(share * 2**32))
        raise InterruptedError("the lease is lost")

    with pytest.raises(InterruptedError):
        sandbox.run(PROBES + "stall", None, {}, progress=lost)
    assert gone(pids[0])


def test_the_zygote_survives_everything_above(sandbox):
    before = sandbox._warm.pid
    for _ in range(3):
        with pytest.raises(ParserCrashed):
            probe(sandbox, "die", signal=int(signal.SIGSEGV))
    assert probe(sandbox, "echo") == b"{}"
    assert sandbox._warm.pid == before


@pytest.mark.linux
def test_every_wall_stands(sandbox):
    assert all(sandbox.confinement().values()), sandbox.confinement()


def test_a_killed_zygote_fails_the_calls_under_way_and_is_started_again(sandbox):
    shares = []
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(sandbox.run, PROBES + "stall", None, {}, progress=shares.append) for _ in range(2)]
        while len(shares) < 2:
            time.sleep(0.01)
        os.kill(sandbox._warm.pid, signal.SIGKILL)
        for call in calls:
            assert isinstance(call.exception(), ParserCrashed)
    assert all(gone(round(share * 2**32)) for share in shares)
    assert probe(sandbox, "echo") == b"{}"


def test_a_zygote_that_takes_no_call_fails_that_one_and_is_started_again(sandbox, monkeypatch):
    before = sandbox._warm.pid

    def refuse(*_):
        raise OSError(errno.ENOBUFS, "no buffers")

    with monkeypatch.context() as patched:
        patched.setattr(WarmProcess, "send", refuse)
        with pytest.raises(ParserCrashed, match="takes no calls"):
            probe(sandbox, "echo")
    assert gone(before)
    assert probe(sandbox, "echo") == b"{}"


def test_closing_ends_the_zygote_and_its_children():
    sandbox = Sandbox(Limits(), PROBES_ONLY)
    shares = []
    caught = []

    def call():
        with pytest.raises(ParserCrashed) as error:
            sandbox.run(PROBES + "stall", None, {}, progress=shares.append)
        caught.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    while not shares:
        time.sleep(0.01)
    zygote, scratch = sandbox._warm.pid, sandbox._warm.scratch
    sandbox.close()
    thread.join(60)
    assert caught
    assert gone(zygote)
    assert gone(round(shares[0] * 2**32))
    assert not scratch.exists()
    with pytest.raises(ParserCrashed, match="shut down"):
        sandbox.run(PROBES + "echo", None, {})


def test_no_more_children_run_at_once_than_allowed_and_requests_need_not_wait():
    sandbox = Sandbox(Limits(children=1), PROBES_ONLY)
    waited = []

    def cancelled():
        waited.append(True)
        return len(waited) > 1

    with ThreadPoolExecutor(1) as pool:
        begun = threading.Event()
        hold = {"progress": lambda _: begun.set(), "cancelled": lambda: len(waited) > 1}
        first = pool.submit(sandbox.run, PROBES + "tick", None, {"seconds": 120}, **hold)
        assert begun.wait(60)
        assert sandbox.run(PROBES + "echo", None, {}, queues=False) == b"{}"
        with pytest.raises(JobCancelled):
            sandbox.run(PROBES + "echo", None, {}, cancelled=cancelled)
        with pytest.raises(JobCancelled):
            first.result(60)
    assert sandbox.run(PROBES + "echo", None, {}) == b"{}", "the place is free again"
    sandbox.close()
