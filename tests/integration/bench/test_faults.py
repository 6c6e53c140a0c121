"""The tools of the chaos bench do what they say: connections break, disks fill, clocks are off."""

import errno
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.faults.disk import Disk
from bench.faults.proxy import Network, Proxy
from bench.faults.wrong_clock import WrongClock, library
from tests.support.servers import missing


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back what it hears."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1024):
                    connection.sendall(data)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(60)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    network = Network()
    yield Proxy(network, echo)
    network.close()


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=60)


def said(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(1024)


def test_a_proxy_passes_on_resets_and_delays(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        assert said(connection, b"one") == b"one"
        proxy.slow(0.2)
        began = time.monotonic()
        assert said(connection, b"two") == b"two"
        assert time.monotonic() - began >= 0.4, "each way"
        proxy.slow(0)
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            said(connection, b"three")
    with connected(proxy) as connection:
        assert said(connection, b"four") == b"four"


def test_a_half_open_connection_says_nothing_and_is_not_closed_and_a_new_one_works(proxy: Proxy) -> None:
    with connected(proxy) as silent, connected(proxy) as other:
        assert said(silent, b"one") == b"one"
        assert said(other, b"one") == b"one"
        proxy.half_open()
        silent.settimeout(0.5)
        with pytest.raises(TimeoutError):
            said(silent, b"two")
        with connected(proxy) as connection:
            assert said(connection, b"three") == b"three"


def test_an_answer_is_withheld_after_the_marks_in_their_order(proxy: Proxy) -> None:
    proxy.withhold(b"INSERT", b"COMMIT")
    with connected(proxy) as connection:
        assert said(connection, b"COMMIT") == b"COMMIT"
        assert said(connection, b"INS") == b"INS"
        assert said(connection, b"ERT") == b"ERT"
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            said(connection, b"COMMIT")
    assert proxy.caught.wait(60)


@pytest.mark.linux
def test_a_filled_disk_refuses_until_it_is_freed_and_only_its_own_processes_see_it(tmp_path: Path) -> None:
    if not Disk.possible():
        missing("a kernel that allows mount namespaces")
    disk = Disk(tmp_path / "small", 4 * 1024 * 1024)
    try:
        write = [*disk.prefix, sys.executable, "-c", "import sys; open(sys.argv[1], 'wb').write(bytes(9999))"]
        disk.fill()
        refused = subprocess.run([*write, tmp_path / "small/a"], check=False, capture_output=True, text=True)
        assert os.strerror(errno.ENOSPC) in refused.stderr
        disk.free()
        subprocess.run([*write, tmp_path / "small/a"], check=True)
        assert (disk.path / "a").stat().st_size == 9999
        assert list((tmp_path / "small").iterdir()) == []
    finally:
        disk.close()


@pytest.mark.linux
def test_a_clock_is_off_for_those_who_have_it_and_can_be_set_while_they_run(tmp_path: Path) -> None:
    if library() is None:
        missing("libfaketime")
    clock = WrongClock(tmp_path / "clock")
    clock.set(600)
    script = "import time\nwhile input(): print(time.time(), flush=True)"
    told = subprocess.Popen(
        [sys.executable, "-c", script], env=os.environ | clock.environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with told:
        assert told.stdin is not None
        assert told.stdout is not None

        def off() -> float:
            assert told.stdin is not None
            assert told.stdout is not None
            told.stdin.write("now\n")
            told.stdin.flush()
            return float(told.stdout.readline()) - time.time()

        assert 590 < off() < 610
        clock.set(-600)
        deadline = time.monotonic() + 60
        while off() > 0:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert -610 < off() < -590
        told.stdin.write("\n")
