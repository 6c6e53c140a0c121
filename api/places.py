"""Where a quote stands, for people and assistants."""

from typing import Any


def place(evidence: dict[str, Any]) -> str:
    """Where a quote stands, in a few words."""
    match evidence["kind"]:
        case "page":
            return f"page {evidence['page']}"
        case "time":
            return f"{_clock(evidence['start'])} to {_clock(evidence['end'])}"
        case "cell":
            return f"{evidence['sheet']}!{evidence['ref']}"
        case "text":
            return evidence.get("section") or f"character {evidence['start']}"
        case _:
            return str(evidence.get("source", ""))


def _clock(seconds: Any) -> str:  # noqa: ANN401 - an int or a Decimal, as the JSON has it
    minutes, rest = divmod(float(seconds), 60)
    return f"{int(minutes)}:{rest:04.1f}"
