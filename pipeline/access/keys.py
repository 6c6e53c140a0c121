"""API keys: `sheaf_KEYID_SECRET_CHECK`, made at random, stored only as a hash.

The parts are base 62: 12 characters that name the key, 43 that hold 256 random bits, and 6 of a CRC-32 over what
stands before, so that a mistyped key, or a scanner for leaked ones, needs no database. A plain SHA-256 is the right
hash for a secret of 256 random bits: there is nothing to guess that a slow hash would protect.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import get_args

from pipeline.errors import PermissionDenied, Unauthenticated
from schemas.keys import Scope

SCOPES: tuple[Scope, ...] = get_args(Scope)

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(r"sheaf_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}_([0-9A-Za-z]{6})")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key just made; `text` is shown once and never stored."""

    text: str = field(repr=False)
    key_id: str
    hash: str


def new_key() -> NewKey:
    """A key of 256 random bits."""
    key_id = "".join(secrets.choice(_DIGITS) for _ in range(12))
    body = f"sheaf_{key_id}_{_base62(secrets.randbits(256), 43)}"
    return known_key(f"{body}_{_check(body)}")


def known_key(text: str) -> NewKey:
    """A key that was made elsewhere, for a first start without a hand at the keyboard.

    Raises:
        Unauthenticated: it has not the form of a key.
    """
    return NewKey(text=text, key_id=parse_key(text), hash=hash_key(text))


def parse_key(text: str) -> str:
    """The id in a key.

    Raises:
        Unauthenticated: it has not the form of a key, or was mistyped.
    """
    match = _FORM.fullmatch(text)
    if match is None or not hmac.compare_digest(match[2], _check(text.rpartition("_")[0])):
        raise Unauthenticated("the API key has not the form sheaf_…, or was mistyped")
    return match[1]


def hash_key(text: str) -> str:
    """SHA-256 of the whole key in hex, as it is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def matches(text: str, stored_hash: str) -> bool:
    """Whether a key is the stored one, in a time that does not tell how much of it fits."""
    return hmac.compare_digest(hash_key(text), stored_hash)


def check_scope(scopes: Collection[str], needed: Scope) -> None:
    """Whether scopes allow something.

    Raises:
        PermissionDenied: they do not; the message names the scope that is missing.
    """
    if needed not in scopes and "admin" not in scopes:
        raise PermissionDenied(f"the API key has not the scope {needed}", scope=needed)


def _check(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), 6)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
