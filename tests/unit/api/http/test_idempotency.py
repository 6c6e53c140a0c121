"""The header `Idempotency-Key`."""

import pytest

from api.http.idempotency import MAX_LENGTH, parse_key
from pipeline.errors import InvalidRequest


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (None, None),
        ("8e03978e", "8e03978e"),
        ('"8e03978e"', "8e03978e"),
        (' "a b" ', "a b"),
        (r'"say \"hi\" \\"', r'say "hi" \ '.rstrip()),
        ('"half', '"half'),
        ("x" * MAX_LENGTH, "x" * MAX_LENGTH),
    ],
)
def test_a_key_is_taken_quoted_or_not(given, key):
    assert parse_key(given) == key


@pytest.mark.parametrize("given", ["", " ", '""', "x" * (MAX_LENGTH + 1), "é", "a\tb"])
def test_a_key_that_cannot_be_stored_is_refused(given):
    with pytest.raises(InvalidRequest) as refused:
        parse_key(given)
    assert refused.value.facts["field"] == "Idempotency-Key"
