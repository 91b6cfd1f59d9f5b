"""How much may still be supplied on a prescription item. Source: R-110, docs/the-gate.md."""

from decimal import Decimal
from math import ceil


def ordered(quantity: Decimal, repeats: int) -> Decimal:
    """Units in the first supply and all its repeats."""
    return quantity * (repeats + 1)


def left_in_all(quantity: Decimal, repeats: int, supplied: Decimal) -> Decimal:
    """Units not yet supplied, all repeats together."""
    return ordered(quantity, repeats) - supplied


def left_now(quantity: Decimal, repeats: int, supplied: Decimal) -> Decimal:
    """Units that may be supplied at once: what is missing to the end of the present repeat.

    90 with 2 repeats: 90 at first; after 30 were supplied 60; after 90 were supplied 90 again.
    """
    begun = min(int(supplied // quantity), repeats)
    return quantity * (begun + 1) - supplied


def repeats_used(quantity: Decimal, supplied: Decimal) -> int:
    """Repeats that were begun, after the first supply was complete."""
    return max(0, ceil(supplied / quantity) - 1)


def packs_that_fit(left: Decimal, units_a_pack: Decimal) -> int:
    """Whole packs in what is left; a pack is never opened."""
    return max(0, int(left // units_a_pack))
