"""The reliability diagram as SVG: accuracy over confidence, beside the diagonal of a perfect one."""

from collections.abc import Mapping, Sequence
from typing import Any

SIZE, MARGIN = 260, 34
"""Of the plot's side and around it, in user units."""


def reliability_diagram(bins: Sequence[Mapping[str, Any]]) -> str:
    """SVG of the bins of `reliability.bins`; a bar's width is its bin, its darkness how many values it holds."""
    full = SIZE + 2 * MARGIN
    most = max((each["count"] for each in bins), default=1)
    bars = "".join(_bar(each, most) for each in bins)
    ticks = "".join(_tick(share / 4) for share in range(5))
    return (
        f'<svg class="diagram" viewBox="0 0 {full} {full}" role="img" aria-label="Accuracy by confidence">'
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" class="frame"/>{bars}'
        f'<line x1="{MARGIN}" y1="{MARGIN + SIZE}" x2="{MARGIN + SIZE}" y2="{MARGIN}" class="ideal"/>{ticks}'
        f'<text x="{full / 2}" y="{full - 2}" text-anchor="middle">confidence</text>'
        f'<text x="{MARGIN}" y="{MARGIN - 10}">share that is right</text></svg>'
    )


def _bar(each: Mapping[str, Any], most: int) -> str:
    accuracy = float(each["accuracy"])
    x, width = MARGIN + float(each["low"]) * SIZE, (float(each["high"]) - float(each["low"])) * SIZE
    height, shade = accuracy * SIZE, 0.25 + 0.65 * each["count"] / most
    said = f"confidence {float(each['confidence']):.2f}, {accuracy:.0%} of {each['count']} right"
    return (
        f'<rect x="{x:.1f}" y="{MARGIN + SIZE - height:.1f}" width="{width - 1:.1f}" height="{height:.1f}" '
        f'class="bar" fill-opacity="{shade:.2f}"><title>{said}</title></rect>'
    )


def _tick(share: float) -> str:
    x, y = MARGIN + share * SIZE, MARGIN + SIZE - share * SIZE
    return (
        f'<text x="{x:.0f}" y="{MARGIN + SIZE + 14}" text-anchor="middle">{share:g}</text>'
        f'<text x="{MARGIN - 5}" y="{y + 4:.0f}" text-anchor="end">{share:g}</text>'
    )
