"""How secrets that are shown once are kept."""

import hashlib


def hash_of(text: str) -> str:
    """SHA-256 in hex: enough for a secret of 256 random bits, which can't be guessed from it."""
    return hashlib.sha256(text.encode()).hexdigest()
