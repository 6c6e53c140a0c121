"""The filter, run on a small BPF machine: which calls it refuses, on each kind of processor."""

import errno
import struct

import pytest

from pipeline.reading.child import seccomp

PID = 4321
REFUSED = seccomp.ERRNO | errno.EPERM


def run(program, *, arch, number, argument=0):
    """Classic BPF as in the kernel's `bpf(4)` subset for seccomp: the value returned for one call."""
    data = struct.pack("=IIQQ", number, arch, 0, argument)
    at = accumulator = 0
    while True:
        code, when_true, when_false, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        if code == seccomp.LOAD:
            accumulator = struct.unpack_from("=I", data, value)[0]
        elif code == seccomp.RETURN:
            return value
        else:
            hit = {
                seccomp.JUMP_EQUAL: accumulator == value,
                seccomp.JUMP_AT_LEAST: accumulator >= value,
                seccomp.JUMP_ANY_BIT: bool(accumulator & value),
            }[code]
            at += when_true if hit else when_false


@pytest.fixture(params=["x86_64", "aarch64"])
def call(request):
    machine = seccomp._MACHINES[request.param]
    program = seccomp._assemble(machine, PID)

    def result(name, argument=0):
        number = machine.refused[name] if isinstance(name, str) else name
        return run(program, arch=machine.audit, number=number, argument=argument)

    result.machine, result.program = machine, program
    return result


def test_every_listed_call_is_refused(call):
    assert {call(name) for name in call.machine.refused} == {REFUSED}
    assert {"socket", "connect", "ptrace", "mount", "execve", "unshare", "bpf"} <= set(call.machine.refused)


def test_reading_writing_and_mapping_go_on(call):
    plain = (0, 1, 9, 12) if "fork" in call.machine.refused else (63, 64, 222, 214)  # read, write, mmap, brk
    assert {call(number) for number in plain} == {seccomp.ALLOW}


def test_a_clone_makes_threads_and_no_processes(call):
    assert call(call.machine.clone, argument=seccomp.CLONE_THREAD | 0xF00) == seccomp.ALLOW
    assert call(call.machine.clone, argument=17) == REFUSED
    assert call(call.machine.clone3) == seccomp.ERRNO | errno.ENOSYS


def test_signals_go_to_the_own_process_only(call):
    for number in call.machine.signals:
        assert call(number, argument=PID) == seccomp.ALLOW
        assert call(number, argument=PID + 1) == REFUSED
        assert call(number, argument=0) == REFUSED


def test_limits_are_changed_of_the_own_process_only(call):
    assert call(call.machine.prlimit64, argument=0) == seccomp.ALLOW
    assert call(call.machine.prlimit64, argument=PID) == seccomp.ALLOW
    assert call(call.machine.prlimit64, argument=1) == REFUSED


def test_calls_of_another_architecture_end_the_process(call):
    assert run(call.program, arch=0x40000003, number=1) == seccomp.KILL
    assert run(call.program, arch=call.machine.audit, number=seccomp.X32_NUMBERS + 1) == REFUSED
