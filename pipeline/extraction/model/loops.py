"""Noticing, while an answer streams in, that the model only repeats itself."""

WHITESPACE = 400
"""Blanks behind one another: a model that may write them freely between tokens, and does nothing else."""
REPEATED = 400
"""Characters that repeat one short unit."""
TIMES = 8
ROWS = 60
"""How often a unit with an object in it may come: tables do hold equal rows, one under the other."""
PROBE = 24
"""Characters at the end whose last occurrence gives the length of the unit."""
TAIL = 32_768
STEP = 64
"""New characters after which it is looked again."""


class LoopDetector:
    """Fed with the pieces of one answer."""

    def __init__(self) -> None:
        self._tail = ""
        self._fresh = 0

    def feed(self, piece: str) -> bool:
        """Whether the answer has begun to go round in circles."""
        self._tail = (self._tail + piece)[-TAIL:]
        self._fresh += len(piece)
        if self._fresh < STEP:
            return False
        self._fresh = 0
        return self._blank() or self._repeats()

    def _blank(self) -> bool:
        return len(self._tail) - len(self._tail.rstrip()) >= WHITESPACE

    def _repeats(self) -> bool:
        tail = self._tail
        at = tail.rfind(tail[-PROBE:], 0, len(tail) - 1)
        if at < 0:
            return False
        period = len(tail) - PROBE - at
        unit = tail[-period:]
        times = ROWS if "{" in unit or "}" in unit else max(TIMES, -(-REPEATED // period))
        length = period * times
        return length <= len(tail) and tail[-length:-period] == tail[period - length :]
