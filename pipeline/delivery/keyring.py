"""What signs for one receiver: a secret and a private key, and for a while those that were replaced.

A keyring is kept as one sealed text, so that the database holds nothing of it that can be read.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Self

from pipeline.delivery.signer import new_private_key, new_secret, public_key
from pipeline.errors import ConflictError, SecretDamaged


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningPair:
    """A secret and a private key that came into use together."""

    secret: str = field(repr=False)
    private_key: str | None = field(default=None, repr=False)
    """`None` where the secret is older than private keys are."""
    until: float | None = None
    """When it signs no more, in seconds since 1970 by the database's clock; `None` for the present pair."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The pairs of one receiver, the present one first."""

    pairs: tuple[SigningPair, ...]

    @classmethod
    def new(cls) -> Self:
        """With a pair just made."""
        return cls((_new_pair(),))

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `text`; a secret alone is a keyring too.

        Raises:
            SecretDamaged: it is none.
        """
        if not text.startswith("["):
            return cls((SigningPair(secret=text),))
        try:
            pairs = tuple(SigningPair(**entry) for entry in json.loads(text))
        except (ValueError, TypeError) as error:
            raise SecretDamaged from error
        if not pairs:
            raise SecretDamaged
        return cls(pairs)

    @property
    def text(self) -> str:
        """To be sealed and kept."""
        return json.dumps([asdict(pair) for pair in self.pairs])

    @property
    def present(self) -> SigningPair:
        """The pair that new receivers are told."""
        return self.pairs[0]

    @property
    def public_key(self) -> str | None:
        """Verifies what the present private key signs."""
        return None if self.present.private_key is None else public_key(self.present.private_key)

    def replaced_until(self, now: float) -> float | None:
        """When the pair before the present one signs for the last time; `None` where it no longer does."""
        return max((pair.until for pair in self._old(now) if pair.until is not None), default=None)

    def signing(self, now: float) -> list[str]:
        """All secrets and private keys that sign at this time, the present ones first."""
        pairs = (self.present, *self._old(now))
        return [each for pair in pairs for each in (pair.secret, pair.private_key) if each is not None]

    def rotated(self, now: float, overlap_seconds: float) -> "Keyring":
        """With a new pair; the one before signs too for `overlap_seconds`. With 0 every other one is dropped at once.

        Raises:
            ConflictError: a pair was replaced and still signs: a receiver that follows one change at a time would
                miss one.
        """
        if overlap_seconds <= 0:
            return Keyring((_new_pair(),))
        until = self.replaced_until(now)
        if until is not None:
            reason = "the secret was changed already, and the one before still signs; an overlap of 0 ends that at once"
            raise ConflictError(reason, overlap_until=until)
        return Keyring((_new_pair(), replace(self.present, until=now + overlap_seconds)))

    def _old(self, now: float) -> list[SigningPair]:
        return [pair for pair in self.pairs[1:] if pair.until is not None and pair.until > now]


def _new_pair() -> SigningPair:
    return SigningPair(secret=new_secret(), private_key=new_private_key())
