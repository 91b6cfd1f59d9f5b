"""What a scanner sends when it reads a pack: the product's code out of a whole string of fields.

Sources: GS1 General Specifications 3.2 and 5.10 (application identifier 01, symbology identifiers, brackets);
IFA Coding Rules for retail packs, PPN (data identifier 9N, product registration agency 11 for a PZN).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from catalog.rules.codes import NotACode, check_gtin, check_pzn

_SYMBOLOGY: Final = re.compile(r"^\](?:d2|C1|Q3|e0|d1)")
_BRACKETED: Final = re.compile(r"\(0[12]\)\s*(\d{14})")
_PLAIN: Final = re.compile(r"^\x1d?0[12](\d{14})(?=\D|\d{2,})")
_PPN: Final = re.compile(r"(?:^|[\x1d\x1e])9N11(\d{8})\d{2}(?=[\x1d\x1e]|$)")


def product_code(text: str) -> str:
    """The GTIN or PZN in what was scanned; the text itself where it is no such string. Never raises."""
    plain = _SYMBOLOGY.sub("", text.strip())
    if found := _PPN.search(plain):
        return _checked(check_pzn, found[1]) or text
    if found := _BRACKETED.search(plain) or (_PLAIN.match(plain) if len(plain) > 16 else None):
        return _checked(check_gtin, found[1]) or text
    return text


def _checked(check: Callable[[str], str], digits: str) -> str:
    try:
        return check(digits)
    except NotACode:
        return ""
