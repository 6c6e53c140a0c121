"""What names a span to others: the header `traceparent` (W3C Trace Context, section 3.2), and nothing beside it.

`tracestate` and `baggage` are neither taken from clients nor sent to anybody: both carry what strangers chose.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

HEADER = "traceparent"
LENGTH = 55
"""Of a header of version 00, and of what is stored."""
LONGEST = 256
"""Later versions may append to it; what is longer than anybody needs is not read."""
SAMPLED = 0x01

# Lower-case hex only, by the standard. A later version may append further fields, each behind a dash.
_FORM = re.compile(r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})")


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceContext:
    """A span's place: its trace, itself, and whether it is recorded."""

    trace_id: str
    """32 lower-case hex digits, not all zero."""
    span_id: str
    """16 of them, not all zero."""
    sampled: bool

    def header(self) -> str:
        """As `traceparent`, version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{SAMPLED if self.sampled else 0:02x}"


def parse(text: str | None) -> TraceContext | None:
    """The context that a `traceparent` gives; `None` where there is none, or it is not by the standard."""
    if text is None or not LENGTH <= len(text) <= LONGEST:
        return None
    found = _FORM.match(text)
    if found is None or found["version"] == "ff":
        return None
    rest = text[LENGTH:]
    if rest and (found["version"] == "00" or rest[0] != "-"):
        return None
    if not (found["trace"].strip("0") and found["span"].strip("0")):
        return None
    sampled = bool(int(found["flags"], 16) & SAMPLED)
    return TraceContext(trace_id=found["trace"], span_id=found["span"], sampled=sampled)


def received(headers: Sequence[str]) -> TraceContext | None:
    """Of all headers of that name in a request; several leave open whose child it is, and count as none."""
    return parse(headers[0]) if len(headers) == 1 else None
