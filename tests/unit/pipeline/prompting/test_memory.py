import tracemalloc

import pytest

from pipeline.models.tokens import Tokens
from pipeline.prompting.parts import TextPart
from pipeline.prompting.planning import Budget, plan
from pipeline.prompting.prepared import Prepared
from pipeline.prompting.wire import pack

KINDS = (
    {"tables": 1, "rows": 30},
    {"ocr": True, "confidence": 0.91},
    {"form": 0.8},
    {"pictured": 0.3},
    {},
)


def document(pages: int) -> bytes:
    """Parts as the child makes them; no two pages have the same size, confidence or text."""
    return pack(
        TextPart(
            number=number,
            text="\n".join(f"line {line} of page {number} says {line * number}" for line in range(60)),
            words=480,
            width=595 + number / 1_000,
            height=842 - number / 1_000,
            **KINDS[number % len(KINDS)],
        )
        for number in range(1, pages + 1)
    )


def peak_bytes(pages: int) -> int:
    """Of everything from the child's answer to the plan; the answer itself is let go of once it is spooled."""
    data = document(pages)
    tracemalloc.start()
    try:
        with Prepared(data, Tokens()) as prepared:
            windows = plan(prepared.profiles, Tokens(), Budget(tokens=48_000, images=8))
            assert windows[-1].numbers[-1] == pages
            assert len(prepared.text(pages)) > 1_000
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(200)
def test_a_document_of_5000_pages_is_planned_in_two_kilobytes_a_page() -> None:
    assert peak_bytes(5_000) - peak_bytes(1_000) < 4_000 * 2_048
