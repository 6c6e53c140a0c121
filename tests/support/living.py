"""Whether a process lives, and whose it is."""

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Not ended, and not a zombie either."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second where it goes between opening and reading
        return False


def parent(pid: int) -> int | None:
    """Who has forked it; `None` when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
