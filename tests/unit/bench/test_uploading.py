"""What the kernel is asked about connections and memory."""

import socket
import subprocess
import sys

import pytest

from bench.uploading.kernel import forget_peak, on_the_way, peak_bytes, unread

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:9C40 0100007F:1F90 01 00000010:00000005 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:9C40 01 00000007:00000100 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0100007F:1F90 0100007F:9C41 01 00000000:0000FFFF 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
"""


def test_what_one_end_has_not_sent_and_the_other_not_read_is_on_the_way() -> None:
    assert unread(TABLE, 40_000, 8_080) == 0x10 + 0x100
    assert unread(TABLE, 40_001, 8_080) == 0xFFFF
    assert unread(TABLE, 40_002, 8_080) == 0


@pytest.mark.linux
def test_bytes_of_a_real_connection_are_on_the_way_until_they_are_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server_port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", server_port)) as client:
            accepted, _ = listener.accept()
            with accepted:
                client.sendall(bytes(1000))
                assert on_the_way(client.getsockname()[1], server_port) == 1000
                accepted.recv(1000)
                assert on_the_way(client.getsockname()[1], server_port) == 0


@pytest.mark.linux
def test_a_peak_of_memory_is_remembered_until_it_is_forgotten() -> None:
    """Of a process that does nothing else: what this one frees meanwhile would hide what it takes."""
    program = "input(); taken = bytearray(b'x') * 64_000_000; del taken; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        before = forget_peak(child.pid)
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        peak = peak_bytes(child.pid)
        after = forget_peak(child.pid)
        child.communicate(b"\n")
    assert peak > before + 60_000_000
    assert after < peak - 50_000_000
