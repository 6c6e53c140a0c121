"""Sealed secrets, and the file of the master key."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.access.secrets import SecretBox, load_master_key
from pipeline.errors import SecretDamaged, SettingsError

BOX = SecretBox(bytes(range(32)))


@pytest.mark.parametrize("secret", ["", "whsec_abc", "pässwörd 東京", "x" * 10_000])
def test_what_is_sealed_opens_again(secret):
    assert BOX.unseal(BOX.seal(secret)) == secret


def test_a_sealed_secret_does_not_show_it_and_is_never_the_same_twice():
    sealed = {BOX.seal("correct horse") for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"correct" in base64.b64decode(text.split(".")[2]) for text in sealed)


def test_another_master_key_is_named_as_the_reason():
    other = SecretBox(bytes(32))
    sealed = BOX.seal("secret")
    with pytest.raises(SettingsError, match=f"needs the master key {sealed.split('.')[1]}"):
        other.unseal(sealed)


def test_a_changed_byte_is_found():
    version, key_id, data = BOX.seal("secret").split(".")
    for index in range(len(base64.b64decode(data))):
        raw = bytearray(base64.b64decode(data))
        raw[index] ^= 1
        with pytest.raises(SecretDamaged):
            BOX.unseal(f"{version}.{key_id}.{base64.b64encode(raw).decode()}")


@pytest.mark.parametrize(
    "text", ["", "whsec_plain", "1.2", "1.2.3.4", "1.{key}.", "1.{key}.AAAA", "1.{key}.%%", "2.{key}.AA=="]
)
def test_what_was_never_sealed_is_damaged(text):
    with pytest.raises(SecretDamaged):
        BOX.unseal(text.replace("{key}", BOX.seal("x").split(".")[1]))


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_master_key_has_32_bytes(size):
    with pytest.raises(SettingsError, match="32"):
        SecretBox(bytes(size))


def test_the_file_is_made_once_for_its_owner_alone_and_read_from_then_on(tmp_path):
    path = tmp_path / "deep" / "master.key"
    sealed = SecretBox.open(path).seal("secret")
    assert SecretBox.open(path).unseal(sealed) == "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == 32
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_of_many_that_start_at_once_all_get_the_same_key(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(load_master_key, [tmp_path / "master.key"] * 64))
    assert len(keys) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.key"]


@pytest.mark.parametrize("size", [0, 31, 33, 1000])
def test_a_file_of_another_length_is_refused_and_left_alone(tmp_path, size):
    path = tmp_path / "master.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=r"access\.master_key_path"):
        load_master_key(path)
    assert path.stat().st_size == size


@pytest.mark.parametrize(
    ("mode", "taken"), [(0o600, True), (0o400, True), (0o440, True), (0o644, False), (0o604, False)]
)
def test_a_file_that_every_user_may_read_is_refused(tmp_path, mode, taken):
    """A group may be let in: mounted secrets of container hosts often belong to one."""
    path = tmp_path / "master.key"
    path.write_bytes(bytes(32))
    path.chmod(mode)
    if taken:
        assert load_master_key(path) == bytes(32)
    else:
        with pytest.raises(SettingsError, match="chmod 600"):
            load_master_key(path)


def test_a_place_where_no_file_can_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"file/master\.key"):
        load_master_key(tmp_path / "file" / "master.key")
    with pytest.raises(SettingsError, match="directory"):
        load_master_key(tmp_path)
