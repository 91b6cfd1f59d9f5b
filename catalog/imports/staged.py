"""Rows on their way into the catalogue, the same for every source."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple


class StagedProduct(NamedTuple):
    """One product as its source lists it. Dates are ISO texts or "". Lists travel as JSON texts."""

    source_key: str
    digest: str
    slug: str
    as_of: str
    kind: str
    name: str
    name_key: str
    generic_name: str
    is_brand: bool
    labeler: str
    form: str
    form_listed: str
    route: str
    strength: str
    equivalence: str
    atc: str
    shelf: str
    approval: str
    category: str
    purpose: str
    facts: str
    marketed_from: str | None
    marketed_until: str | None
    ingredients: str  # [[key, name, slug, listed as, strength], …]
    supplies: str  # [[country, class, rule, source], …]
    excipients: str = "[]"
    market_status: str = ""


class StagedPack(NamedTuple):
    """One pack as its source lists it; `counted_from` is the source key of its stock bottle or ""."""

    source_key: str
    digest: str
    product_key: str
    description: str
    listed_as: str
    container: str
    size: str
    unit: str
    counted_from: str
    storage: str
    weight_g: int | None
    hs_code: str
    max_per_order: int
    is_sample: bool
    is_stock_bottle: bool
    marketed_from: str | None
    marketed_until: str | None
    codes: str  # [[system, code, digits], …]
    shelf_life_days: int | None = None


UNSEALED = ("digest", "as_of")


def digest(*parts: object) -> str:
    """A short fingerprint of a row: equal means unchanged."""
    return hashlib.md5("\x1f".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def as_json(value: object) -> str:
    """Compact JSON with sorted keys, so that equal rows have equal digests."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def sealed[Row: (StagedProduct, StagedPack)](row: Row) -> Row:
    """The row with the digest of its other columns; the day a list is of makes no row a changed one."""
    return row._replace(
        digest=digest(*(part for name, part in zip(row._fields, row, strict=True) if name not in UNSEALED))
    )
