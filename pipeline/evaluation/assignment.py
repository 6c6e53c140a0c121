"""Which row is which: the one-to-one assignment of the greatest total worth."""

from collections.abc import Sequence

_FAR = float("inf")


def best_assignment(worth: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs (row, column) so that each is used once at most and the sum of `worth[row][column]` is greatest.

    Pairs that are worth nothing are left out. The Hungarian method with potentials (Kuhn 1955, Munkres 1957), in
    O(n² m) for n rows and m columns.
    """
    if not worth or not worth[0]:
        return []
    if len(worth) > len(worth[0]):
        turned = best_assignment(list(zip(*worth, strict=True)))
        return sorted((row, column) for column, row in turned)
    owners = _owners(worth)
    pairs = [(row - 1, column - 1) for column, row in enumerate(owners) if column and row]
    return sorted((row, column) for row, column in pairs if worth[row][column] > 0)


def _owners(worth: Sequence[Sequence[float]]) -> list[int]:
    """The row of each column, both counted from 1; 0 where a column has none."""
    rows, columns = len(worth), len(worth[0])
    rise, fall, owners = [0.0] * (rows + 1), [0.0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        owners[0] = row
        before = _grow(worth, owners, rise, fall)
        column = before.pop()
        while column:
            owners[column] = owners[before[column]]
            column = before[column]
    return owners


def _grow(worth: Sequence[Sequence[float]], owners: list[int], rise: list[float], fall: list[float]) -> list[int]:
    """One augmenting path: the column before each one on it, and as the last item the free column that it ends in."""
    count = len(fall)
    slack, before, seen, here = [_FAR] * count, [0] * count, [False] * count, 0
    while True:
        seen[here] = True
        row, step, following = owners[here], _FAR, 0
        for column in range(1, count):
            if seen[column]:
                continue
            reduced = -worth[row - 1][column - 1] - rise[row] - fall[column]
            if reduced < slack[column]:
                slack[column], before[column] = reduced, here
            if slack[column] < step:
                step, following = slack[column], column
        for column in range(count):
            if seen[column]:
                rise[owners[column]] += step
                fall[column] -= step
            else:
                slack[column] -= step
        here = following
        if owners[here] == 0:
            return [*before, here]
