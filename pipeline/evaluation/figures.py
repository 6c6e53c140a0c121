"""Outcomes of many documents → figures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.evaluation.outcomes import Compared, Item
from pipeline.evaluation.reliability import auroc, bins, calibration_error

COUNTED = ("right", "wrong", "missing", "spurious", "absent")


def summarize(compared: Sequence[Compared], usages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All figures of a run; shares are 0 to 1, and `None` where there is nothing to take a share of."""
    items = [item for each in compared for item in each.items]
    rows = [row for each in compared for row in each.rows]
    return {
        "documents": len(compared),
        "overall": tally(items),
        "fields": _by_field(items),
        "rows": _by_field(rows),
        "confidence": confidence(items),
        "evidence": evidence(items),
        "usage": usage(usages),
    }


def tally(items: Iterable[Item]) -> dict[str, Any]:
    """Counts; `accuracy` is right of what the labels have, `wrong_share` wrong and spurious of what was given."""
    count: Counter[str] = Counter(item.outcome for item in items)
    known = count["right"] + count["wrong"] + count["missing"]
    given = count["right"] + count["wrong"] + count["spurious"]
    return {
        "accuracy": share(count["right"], known),
        "wrong_share": share(count["wrong"] + count["spurious"], given),
        "labelled": known,
        **{name: count[name] for name in COUNTED},
    }


def confidence(items: Iterable[Item]) -> dict[str, Any]:
    """Reliability of the values given, and those above the threshold of review."""
    given = [item for item in items if item.confidence is not None]
    judged = [(item.confidence or 0.0, item.outcome == "right") for item in given]
    sure = [item for item in given if not item.needs_review]
    return {
        "values": len(given),
        "calibration_error": calibration_error(judged),
        "auroc": auroc(judged),
        "bins": [asdict(each) for each in bins(judged)],
        "above_review": {
            "share": share(len(sure), len(given)),
            "accuracy": share(sum(item.outcome == "right" for item in sure), len(sure)),
        },
    }


def evidence(items: Iterable[Item]) -> dict[str, Any]:
    """How many of the right values have evidence that holds their own text."""
    right = [item for item in items if item.outcome == "right"]
    return {
        "right_values": len(right),
        "hit_rate": share(sum(bool(item.held) for item in right), len(right)),
    }


def usage(usages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean working seconds and cost a document, and all tokens."""
    count = len(usages)
    return {
        "seconds_per_document": share(sum(float(each["seconds"]) for each in usages), count),
        "cost_per_document": share(sum(float(each["cost"]) for each in usages), count),
        "currency": next((each["currency"] for each in usages if each.get("currency")), None),
        "input_tokens": sum(each["input_tokens"] for each in usages),
        "output_tokens": sum(each["output_tokens"] for each in usages),
    }


def share(part: float, whole: float) -> float | None:
    """A share with four decimals; `None` of nothing."""
    return round(part / whole, 4) if whole else None


def _by_field(items: Iterable[Item]) -> dict[str, Any]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.field, []).append(item)
    return {name: tally(groups[name]) for name in sorted(groups)}
