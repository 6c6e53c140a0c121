"""A clock that is off, for one process: libfaketime, which reads by how much from a file, also while the process runs.

Only the time of day is off. What measures spans (`CLOCK_MONOTONIC`) is not set by anybody on a real machine either.
"""

from importlib.util import find_spec
from pathlib import Path


def library() -> Path | None:
    """That of the Python package of that name: with Debian's (0.9.10) Python's `time.sleep` is an invalid argument."""
    spec = find_spec("libfaketime")
    places = spec.submodule_search_locations or () if spec is not None else ()
    found = (path for place in places for path in Path(place).glob("vendor/libfaketime/src/libfaketime.so.1"))
    return next(found, None)


class WrongClock:
    """A clock that can be set while those who have it run."""

    def __init__(self, file: Path) -> None:
        """It is right at first."""
        self._file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """How far it is before the right one."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{seconds:+d}\n", encoding="ascii")
        written.replace(self._file)  # whoever reads meanwhile finds all of it

    def environment(self) -> dict[str, str]:
        """What makes a process have it."""
        found = library()
        assert found is not None, "it is installed"
        return {
            "LD_PRELOAD": str(found),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
