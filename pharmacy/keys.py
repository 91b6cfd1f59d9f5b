"""Identifiers: UUIDv7 inside, opaque prefixed strings outside."""

from __future__ import annotations

import os
import time
import uuid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26


def new_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562): 48 bits of milliseconds, 74 random bits. Python has its own from 3.14 on."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return uuid.UUID(int=value)


def public(prefix: str, identifier: uuid.UUID) -> str:
    """`ord_01h…`: the identifier as partners see it."""
    value, letters = identifier.int, []
    for _ in range(_LENGTH):
        letters.append(_ALPHABET[value & 31])
        value >>= 5
    return f"{prefix}_{''.join(reversed(letters))}"


def parse_public(prefix: str, text: str) -> uuid.UUID | None:
    """The identifier behind a public string, or None when it is not one of ours (to be answered with 404)."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != _LENGTH or not set(body) <= _VALUES.keys():
        return None
    value = 0
    for letter in body:
        value = value << 5 | _VALUES[letter]
    return uuid.UUID(int=value) if value < 1 << 128 else None
