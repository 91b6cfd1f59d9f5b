"""Is it the same paper? Source: R-115 (identical bytes, or perceptual hashes at most 6 bits apart)."""

SAME_PAPER = 6


def distance(one: str, other: str) -> int:
    """Bits in which two 64-bit perceptual hashes (16 hex digits) differ; 64 when either is missing."""
    if len(one) != 16 or len(other) != 16:
        return 64
    return (int(one, 16) ^ int(other, 16)).bit_count()


def looks_the_same(one: str, other: str) -> bool:
    """At most six bits apart. A blank page has no hash worth comparing and matches nothing."""
    return not _is_flat(one) and not _is_flat(other) and distance(one, other) <= SAME_PAPER


def _is_flat(phash: str) -> bool:
    return len(phash) != 16 or int(phash, 16).bit_count() <= 1
