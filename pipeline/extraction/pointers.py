"""JSON Pointers (RFC 6901): paths into data."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

Step = str | int
Path = tuple[Step, ...]


def pointer(path: Iterable[Step]) -> str:
    """The pointer of a path; the empty path is the whole document."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def place(data: Any, path: Path, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Put a value into nested data, making the objects and arrays on the way.

    Raises:
        IndexError: an array's rows are not placed one after another.
    """
    for step, following in pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if step == len(data):
                data.append(empty)
            data = data[step]
        else:
            data = data.setdefault(step, empty)
    last = path[-1]
    if isinstance(last, int) and last == len(data):
        data.append(value)
    else:
        data[last] = value


def look_up(data: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """The value at a path; `None` where there is none."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
