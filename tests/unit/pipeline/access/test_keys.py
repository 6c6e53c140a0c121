"""API keys."""

import re

import pytest

from pipeline.access.keys import check_scope, hash_key, known_key, matches, new_key, parse_key
from pipeline.errors import PermissionDenied, Unauthenticated

KEY = "sheaf_0123456789AB_" + "a" * 43 + "_"


def test_a_new_key_has_the_documented_form_and_names_itself():
    key = new_key()
    assert re.fullmatch(r"sheaf_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", key.text)
    assert parse_key(key.text) == key.key_id == key.text.split("_")[1]


def test_keys_do_not_repeat():
    keys = [new_key() for _ in range(200)]
    assert len({key.text for key in keys}) == len({key.key_id for key in keys}) == 200


def test_a_key_prints_without_its_text():
    key = new_key()
    assert key.text.split("_")[2] not in repr(key)


def test_only_the_hash_of_the_whole_key_is_stored_and_it_matches_that_key_alone():
    key, other = new_key(), new_key()
    assert key.hash == hash_key(key.text)
    assert key.text.split("_")[2] not in key.hash
    assert matches(key.text, key.hash)
    assert not matches(other.text, key.hash)


def test_a_key_made_elsewhere_is_taken_as_it_is():
    made = new_key()
    assert known_key(made.text) == made


@pytest.mark.parametrize("position", [7, 20, 40, 60, -1, -6])
def test_a_mistyped_key_is_told_without_a_database(position):
    letters = list(new_key().text)
    letters[position] = "x" if letters[position] != "x" else "y"
    with pytest.raises(Unauthenticated):
        parse_key("".join(letters))


@pytest.mark.parametrize(
    "text",
    [
        *("", "sheaf", "sheaf___", KEY, KEY + "000000", "Bearer x", "sk-" + "a" * 48, "x" * 100_000),
        "sheaf_" + "é" * 12 + "_x_000000",
    ],
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(Unauthenticated):
        parse_key(text)


@pytest.mark.parametrize("change", [lambda key: key + "\n", lambda key: " " + key, str.upper, lambda key: key[:-1]])
def test_a_key_is_taken_only_exactly_as_it_is(change):
    with pytest.raises(Unauthenticated):
        parse_key(change(new_key().text))


@pytest.mark.parametrize(
    ("scopes", "needed"),
    [(["read"], "read"), (["ingest", "read"], "ingest"), (["admin"], "read"), (["admin"], "admin")],
)
def test_a_scope_allows_itself_and_admin_allows_all(scopes, needed):
    check_scope(scopes, needed)


@pytest.mark.parametrize(("scopes", "needed"), [([], "read"), (["ingest"], "read"), (["ingest", "read"], "admin")])
def test_a_missing_scope_is_named(scopes, needed):
    with pytest.raises(PermissionDenied, match=needed) as caught:
        check_scope(scopes, needed)
    assert caught.value.facts == {"scope": needed}
