"""Whether a filter holds for a document."""

from decimal import Decimal

import pytest

from pipeline.filtering.conditions import Facts, holds
from pipeline.filtering.parse import parse

FACTS = Facts(
    document_id="doc_1",
    collection=None,
    media_type="application/pdf",
    uploaded=1_711_843_200.5,  # 2024-03-31T00:00:00.5Z
    fields={
        "/total": [Decimal("1000.00000000000000001")],
        "/currency": ["EUR"],
        "/due": ["2024-04-30"],
        "/paid": [True],
        "/seen": ["2024-04-30T10:00:00+02:00"],
    },
    metadata={"/tags": ["urgent", "new"], "/size": [3.0]},
)


@pytest.mark.parametrize(
    ("where", "held"),
    [
        ("document = 'doc_1' and type = 'application/pdf'", True),
        ("collection = 'x'", False),
        ("collection != 'x'", True),
        ("fields./total > 1000", True),
        ("fields./total <= 1000", False),
        ("not fields./total > 1000", False),
        ("fields./total = 1000", False),
        ("fields./currency = 'eur'", False),
        ("fields./currency in ('USD', 'EUR')", True),
        ("fields./currency not in ('USD', 'EUR')", False),
        ("fields./currency > 5", False),
        ("fields./missing != 'a'", True),
        ("fields./missing > 0 or fields./missing <= 0", False),
        ("fields./paid = true", True),
        ("fields./paid = 1", False),
        ("fields./due = 2024-04-30", True),
        ("fields./due = '2024-04-30'", True),
        ("fields./due <= 2024-04-30", True),
        ("fields./due < 2024-04-30", False),
        ("fields./due > 2024-04-30", False),
        ("fields./due in (2024-01-01, 2024-04-30)", True),
        ("fields./seen = 2024-04-30T08:00:00Z", True),
        ("fields./seen > 2024-04-30T08:00:00Z", False),
        ("fields./seen = 2024-04-30", True),
        ("uploaded = 2024-03-31", True),
        ("uploaded <= 2024-03-31", True),
        ("uploaded > 2024-03-31", False),
        ("uploaded >= 2024-03-31T00:00:01Z", False),
        ("uploaded < 2024-03-31", False),
        ("tags = 'urgent' and tags = 'new'", True),
        ("tags != 'urgent'", False),
        ("metadata./size = 3 and metadata./size < 3.01", True),
    ],
)
def test_a_filter_holds_exactly(where: str, held: bool) -> None:
    assert holds(parse(where), FACTS) is held
