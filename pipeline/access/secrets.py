"""Seals secrets that must be stored in a readable way: webhook secrets and the passwords of documents.

AES-256-GCM (NIST SP 800-38D) under one master key that lies in a file outside the database, so that a copy of the
database alone opens nothing. The sealed form is `1.KEYID.BASE64(nonce + ciphertext)`; the key id tells a wrong master
key from damage.
"""

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipeline.errors import SecretDamaged, SettingsError

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "1"


class SecretBox:
    """Seals and opens texts with one master key. Thread-safe."""

    def __init__(self, master_key: bytes) -> None:
        """Of 32 bytes."""
        if len(master_key) != KEY_BYTES:
            raise SettingsError(f"the master key has {len(master_key)} bytes, not {KEY_BYTES}")
        self._cipher = AESGCM(master_key)
        self._key_id = hashlib.sha256(b"sheaf master key id" + master_key).hexdigest()[:8]

    @classmethod
    def open(cls, path: Path) -> Self:
        """With the master key in a file, which is made where there is none.

        Raises:
            SettingsError: see `load_master_key`.
        """
        return cls(load_master_key(path))

    def seal(self, secret: str) -> str:
        """Encrypt; two seals of one secret differ."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), None)
        return f"{_VERSION}.{self._key_id}.{base64.b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str) -> str:
        """Decrypt.

        Raises:
            SettingsError: it was sealed with another master key.
            SecretDamaged: it was changed, or is none.
        """
        version, key_id, data = _parts(sealed)
        if version != _VERSION:
            raise SecretDamaged(f"a stored secret has the unknown form {version!r}")
        if key_id != self._key_id:
            raise SettingsError(f"a stored secret needs the master key {key_id}; the present one is {self._key_id}")
        try:
            return self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretDamaged from error


def load_master_key(path: Path) -> bytes:
    """Read the key from its file, which is made where there is none; of several processes at once one makes it.

    Raises:
        SettingsError: the file is not 32 bytes, everyone may read it, or it can be neither read nor made.
    """
    try:
        with contextlib.suppress(FileNotFoundError):
            return _read(path)
        _make(path)
        return _read(path)
    except OSError as error:
        raise SettingsError(f"access.master_key_path: {path}: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        key = file.read(KEY_BYTES + 1)
    if mode & stat.S_IRWXO:
        raise SettingsError(f"access.master_key_path: {path} is open to every user; `chmod 600` it")
    if len(key) != KEY_BYTES:
        raise SettingsError(f"access.master_key_path: {path} does not hold {KEY_BYTES} bytes")
    return key


def _make(path: Path) -> None:
    """Write beside and link: the name appears with the whole key behind it, or belongs to whoever was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".master-key-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parts(sealed: str) -> tuple[str, str, bytes]:
    try:
        version, key_id, data = sealed.split(".")
        return version, key_id, base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error) as error:
        raise SecretDamaged from error
