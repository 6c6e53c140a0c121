"""Numbers of pages in words."""

from collections.abc import Sequence


def spelled(numbers: Sequence[int]) -> str:
    """`page 3`, `pages 1 to 4, 9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    told = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in runs)
    return f"page{'s' if len(numbers) > 1 else ''} {told}"
