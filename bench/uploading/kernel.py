"""What the kernel knows of connections and memory (Linux, proc(5))."""

from pathlib import Path

_TCP = Path("/proc/net/tcp")


def on_the_way(client_port: int, server_port: int) -> int:
    """Bytes of a connection of the loopback that its client has written and its server has not read."""
    return unread(_TCP.read_text(encoding="ascii"), client_port, server_port)


def unread(table: str, client_port: int, server_port: int) -> int:
    """The same, of a text like `/proc/net/tcp`: what waits to be sent at one end, and to be read at the other."""
    waiting = 0
    for line in table.splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        ports = int(local.rpartition(":")[2], 16), int(remote.rpartition(":")[2], 16)
        to_send, to_read = (int(part, 16) for part in queues.split(":"))
        if ports == (client_port, server_port):
            waiting += to_send
        elif ports == (server_port, client_port):
            waiting += to_read
    return waiting


def forget_peak(pid: int) -> int:
    """Let the peak of a process's memory be what it holds now; that, in bytes."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    return peak_bytes(pid)


def peak_bytes(pid: int) -> int:
    """The most memory that a process had resident since then."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
