"""A candidate that stands in the layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.layout.runs import Run
from schemas.evidence import Evidence, PageEvidence

Span = tuple[Run, int, int]
"""The characters from the second to the third number of a run."""


@dataclass(frozen=True, kw_only=True)
class Hit(Candidate):
    """A value read from spans of the layout."""

    spans: Sequence[Span]
    currency: str | None = None
    """Printed beside an amount."""

    @property
    def run(self) -> Run:
        """Where it begins."""
        return self.spans[0][0]


def make_hit(
    value: Any,  # noqa: ANN401 - any JSON value
    score: float,
    source: str,
    spans: Sequence[Span],
    currency: str | None = None,
    *,
    marks: Mapping[str, float] | None = None,
) -> Hit:
    """A hit whose score allows for the OCR's doubt about its words."""
    doubt = min(run.confidence for run, _, _ in spans)
    weight = 0.5 + 0.5 * doubt
    return Hit(
        value=value,
        score=score * weight,
        source=source,
        spans=spans,
        currency=currency,
        places=lambda: evidence_of(spans),
        marks=marks or {},
    )


def evidence_of(spans: Sequence[Span]) -> list[Evidence]:
    """The places of all spans; lines of one page that follow one another become one place with several boxes."""
    places = [place for run, start, end in spans for place in run.evidence(start, end)]
    joined: list[Evidence] = []
    for place in places:
        last = joined[-1] if joined else None
        if isinstance(place, PageEvidence) and isinstance(last, PageEvidence) and last.page == place.page:
            boxes = [*last.boxes, *place.boxes]
            joined[-1] = PageEvidence(page=place.page, boxes=boxes, quote=f"{last.quote} {place.quote}")
        else:
            joined.append(place)
    return joined
