"""Words and codes of a substitution (R-213), as FHIR names them (v3 substanceAdminSubstitution and its reasons)."""

from __future__ import annotations

# A generic for the brand; the brand for a generic; another maker or size; back to what was asked for.
GENERIC, BRAND, EQUIVALENT, NONE = "G", "BC", "E", "N"
# Out of stock; formulary (the cheaper or preferred one); continuing therapy; a regulatory requirement.
REASONS = ("OS", "FP", "CT", "RR")


def kind_of(*, asked_is_brand: bool, is_brand: bool, is_asked: bool) -> str:
    """FHIR's type of supplying one equivalent pack for another."""
    if is_asked:
        return NONE
    if asked_is_brand == is_brand:
        return EQUIVALENT
    return BRAND if is_brand else GENERIC
