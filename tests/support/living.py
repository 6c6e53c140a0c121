"""Whether a process lives."""

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Not ended, and not a zombie either."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second where it goes between opening and reading
        return False
