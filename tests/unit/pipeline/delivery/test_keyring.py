"""A receiver's secrets and keys, and how one follows another."""

import time

import pytest
from standardwebhooks import Webhook

from pipeline.delivery.keyring import Keyring
from pipeline.delivery.signer import new_secret, public_key, sign
from pipeline.errors import ConflictError, SecretDamaged

BODY = b"{}"
NOW = 1_800_000_000.0
DAY = 86_400.0


def test_a_new_keyring_signs_with_its_secret_and_its_key() -> None:
    keyring = Keyring.new()
    assert keyring.signing(NOW) == [keyring.present.secret, keyring.present.private_key]
    assert keyring.present.private_key is not None
    assert keyring.public_key == public_key(keyring.present.private_key)


def test_what_is_kept_is_read_back_whole() -> None:
    keyring = Keyring.new().rotated(NOW, DAY)
    assert Keyring.parse(keyring.text) == keyring


def test_a_secret_alone_is_a_keyring_without_a_key() -> None:
    secret = new_secret()
    keyring = Keyring.parse(secret)
    assert keyring.signing(NOW) == [secret]
    assert keyring.public_key is None
    assert keyring.rotated(NOW, DAY).signing(NOW)[2:] == [secret]


def test_during_the_overlap_every_receiver_finds_a_signature_it_can_verify() -> None:
    before = Keyring.new()
    after = before.rotated(NOW, DAY)
    for moment, old_verifies in ((NOW, True), (NOW + DAY - 1, True), (NOW + DAY, False)):
        signed = sign(after.signing(moment), message_id="evt_1", timestamp=int(NOW), body=BODY)["webhook-signature"]
        given = signed.split(" ")
        assert len(given) == (4 if old_verifies else 2)
        for keyring, verifies in ((before, old_verifies), (after, True)):
            (mine, *_) = sign([keyring.present.secret], message_id="evt_1", timestamp=int(NOW), body=BODY)[
                "webhook-signature"
            ].split(" ")
            assert (mine in given) is verifies
    assert after.replaced_until(NOW) == NOW + DAY
    assert after.replaced_until(NOW + DAY) is None


def test_a_second_change_waits_until_the_first_is_over() -> None:
    once = Keyring.new().rotated(NOW, DAY)
    with pytest.raises(ConflictError):
        once.rotated(NOW + DAY - 1, DAY)
    assert once.rotated(NOW + DAY, DAY).pairs[1].secret == once.present.secret


def test_what_has_leaked_signs_no_more_at_once() -> None:
    once = Keyring.new().rotated(NOW, DAY)
    fresh = once.rotated(NOW + 1, 0)
    assert len(fresh.pairs) == 1
    assert not set(fresh.signing(NOW + 1)) & set(once.signing(NOW + 1))


def test_secrets_are_not_shown_by_accident() -> None:
    keyring = Keyring.new()
    assert "whsec_" not in repr(keyring)
    assert "whsk_" not in repr(keyring)


@pytest.mark.parametrize("text", ["[", "[]", "[1]", '[{"secret": "whsec_a", "more": 1}]', "[{}]"])
def test_what_is_no_keyring_is_damaged(text: str) -> None:
    with pytest.raises(SecretDamaged):
        Keyring.parse(text)


def test_the_reference_library_passes_over_signatures_of_keys_it_does_not_know() -> None:
    keyring = Keyring.new()
    now = int(time.time())
    headers = sign(list(reversed(keyring.signing(NOW))), message_id="evt_1", timestamp=now, body=BODY)
    assert headers["webhook-signature"].startswith("v1a,")
    assert Webhook(keyring.present.secret).verify(BODY, headers) == {}
