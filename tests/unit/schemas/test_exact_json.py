"""Numbers keep the digits they were written with."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import exact_json
from schemas.documents import Notice
from schemas.webhooks import EventData


@pytest.mark.parametrize(
    "text", [b"40.00", b"0.10", b"-1234.50", b"12345678901234567890.123456789012345678901", b"7", b"1e400"]
)
def test_digits_survive_reading_and_writing(text: bytes) -> None:
    value = exact_json.loads(text)
    assert exact_json.loads(exact_json.dumps(value)) == value
    if b"e" not in text:
        assert exact_json.dumps(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_any_decimal_is_a_number_with_the_same_value(value: Decimal) -> None:
    written = exact_json.dumps({"a": value})
    assert exact_json.loads(written)["a"] == value
    assert b"E" not in written


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), {1, 2}, object()])
def test_what_is_no_json_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        exact_json.dumps({"a": value})


@pytest.mark.parametrize("text", [b"NaN", b'{"a": Infinity}', b"{", b"", b"[1,]"])
def test_what_is_no_json_is_not_read(text: bytes) -> None:
    with pytest.raises(ValueError):
        exact_json.loads(text)


def test_models_are_written_as_their_fields_with_decimals_inside() -> None:
    notice = Notice(code="rows-missing", message="two of three", where="/items")
    assert exact_json.loads(exact_json.dumps([notice, {"total": Decimal("1.50")}])) == [
        {"code": "rows-missing", "message": "two of three", "where": "/items"},
        {"total": Decimal("1.50")},
    ]
    data = EventData(job_id=None, document_id=None, status="x", sequence=1, metadata={"a": 1}, result_url=None)
    assert exact_json.loads(exact_json.dumps(data))["metadata"] == {"a": 1}


def test_indented_for_people() -> None:
    assert exact_json.dumps({"a": Decimal("1.0")}, indent=True) == b'{\n  "a": 1.0\n}'
