"""Encryption at rest: AES-256-GCM with rotatable keys, bound to the row that holds the secret.

A sealed value is: 1 byte version, 4 bytes key id, 12 bytes nonce, ciphertext with tag. The associated data names the
place (table, row, column; or the object), so that a ciphertext moved to another row does not open.
Keys come from ENCRYPTION_KEYS: "id:base64,id:base64"; the first one seals, all of them open. Stored files have a data
key each, and only that key is sealed with these: `manage.py rotate_keys` seals keys and columns anew, never a file.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_VERSION = b"\x01"
_ENVELOPE = b"\x02"
_KEY_ID = 4
_NONCE = 12


class Unopenable(Exception):
    """The value was not sealed here, was changed, or its key is gone."""


@functools.lru_cache(maxsize=8)
def _ring(written: str) -> dict[bytes, bytes]:
    ring: dict[bytes, bytes] = {}
    for part in filter(None, (piece.strip() for piece in written.split(","))):
        name, _, encoded = part.partition(":")
        key = base64.b64decode(encoded)
        if len(key) != 32 or len(name.encode()) > _KEY_ID:
            raise ImproperlyConfigured("ENCRYPTION_KEYS: each is 'id:base64 of 32 bytes' with an id of up to 4 letters")
        ring[name.encode().ljust(_KEY_ID, b"\0")] = key
    if not ring:
        raise ImproperlyConfigured("ENCRYPTION_KEYS is empty: set at least one 'id:base64 of 32 bytes'")
    return ring


def _keys() -> dict[bytes, bytes]:
    return _ring(settings.ENCRYPTION_KEYS)


def seal(plain: bytes, aad: str) -> bytes:
    """Encrypt `plain` for the place named by `aad`."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(_NONCE)
    return _VERSION + key_id + nonce + AESGCM(key).encrypt(nonce, plain, aad.encode())


def seal_under(key: bytes, plain: bytes, aad: str) -> bytes:
    """Encrypt an object with a data key of its own (the key rests sealed elsewhere): version 2, nonce, ciphertext."""
    nonce = os.urandom(_NONCE)
    return _ENVELOPE + nonce + AESGCM(key).encrypt(nonce, plain, aad.encode())


def unseal_under(key: bytes, sealed_object: bytes, aad: str) -> bytes:
    """The plain object; raises Unopenable when it was changed, moved, or sealed with another key."""
    if sealed_object[:1] != _ENVELOPE:
        raise Unopenable("unknown version")
    try:
        return AESGCM(key).decrypt(sealed_object[1 : 1 + _NONCE], sealed_object[1 + _NONCE :], aad.encode())
    except InvalidTag as problem:
        raise Unopenable("changed or moved") from problem


def unseal(sealed_value: bytes, aad: str) -> bytes:
    """The plain bytes; raises Unopenable when changed, moved, or sealed with a key that is gone."""
    sealed_value = bytes(sealed_value)
    key = _keys().get(sealed_value[1 : 1 + _KEY_ID])
    if sealed_value[:1] != _VERSION or key is None:
        raise Unopenable("unknown key or version")
    nonce, body = sealed_value[1 + _KEY_ID : 1 + _KEY_ID + _NONCE], sealed_value[1 + _KEY_ID + _NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, aad.encode())
    except InvalidTag as problem:
        raise Unopenable("changed or moved") from problem


def key_id_of(sealed_value: bytes) -> str:
    """Which key sealed this (for rotation)."""
    return bytes(sealed_value)[1 : 1 + _KEY_ID].rstrip(b"\0").decode()


def current_key_id() -> str:
    """The id of the key that seals new values."""
    return next(iter(_keys())).rstrip(b"\0").decode()


def blind(text: str, purpose: str) -> str:
    """A keyed index of `text` (HMAC-SHA256, hex): equal texts match, nothing can be read back or guessed offline."""
    key = hashlib.sha256(b"blind-index:" + settings.BLIND_INDEX_KEY.encode()).digest()
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


class sealed(property):  # noqa: N801  # reads as a property in models
    """A text that rests encrypted in the BinaryField `column`, bound to table, row and column.

    Use on models whose primary key is made in Python: `name_sealed = BinaryField(default=b"")`,
    `name = sealed("name_sealed")`. A property subclass, so that Model(name=…) accepts it.
    """

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(self._open, self._close)

    def _place(self, row: Any) -> str:
        return f"{row._meta.db_table}/{row.pk}/{self.column}"

    def _open(self, row: Any) -> Any:
        stored = bytes(getattr(row, self.column) or b"")
        return unseal(stored, self._place(row)).decode() if stored else ""

    def _close(self, row: Any, text: Any) -> None:
        setattr(row, self.column, seal(text.encode(), self._place(row)) if text else b"")


class sealed_bytes(sealed):  # noqa: N801  # reads as a property in models
    """As `sealed`, for bytes: the data key of a stored object, say."""

    def _open(self, row: Any) -> Any:
        stored = bytes(getattr(row, self.column) or b"")
        return unseal(stored, self._place(row)) if stored else b""

    def _close(self, row: Any, plain: Any) -> None:
        setattr(row, self.column, seal(plain, self._place(row)) if plain else b"")
