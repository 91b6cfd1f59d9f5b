"""Prices from published acquisition costs (CMS NADAC), and the stated rule of a demonstration where there is none."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.rules import codes, prices
from catalog.rules.supply import SupplyClass
from pharmacy.transactions import joins_transaction

DEMO_SOURCE = "Demonstration price: no published cost at hand"
LIKE_SOURCE = "Demonstration price: from the NADAC of the same medicine by another maker"
NADAC_UNITS = {"EA": None, "ML": "mL", "GM": "g"}


@dataclass(frozen=True)
class Nadac:
    """Published costs: 11-digit NDC → (millionths of a dollar a unit, unit or None for pieces)."""

    as_of: str
    costs: dict[str, tuple[int, str | None]]

    @property
    def source(self) -> str:
        """As prices name it."""
        return f"CMS NADAC of {self.as_of}"


NO_COSTS = Nadac("", {})


PACKS = """
SELECT k.id, k.size, k.unit, coalesce(c.code, ''), p.is_brand, p.labeler, p.equivalence, y.supply_class
FROM catalog_pack k
JOIN catalog_product p ON p.id = k.product_id
JOIN catalog_supply y ON y.product_id = p.id AND y.country = 'US' AND y.valid_until IS NULL
LEFT JOIN catalog_packcode c ON c.pack_id = coalesce(k.counted_from_id, k.id) AND c.system = 'ndc'
WHERE k.source = %s AND k.withdrawn_at IS NULL AND y.supply_class <> 'not_supplied' AND k.id > %s
ORDER BY k.id LIMIT %s
"""
TEMP_PRICES = """
CREATE TEMP TABLE IF NOT EXISTS staged_price (
    pack_id bigint, currency text, amount_minor bigint, acquisition_minor bigint, margin_minor bigint, fee_minor bigint,
    acquisition_unit_micro bigint, source text) ON COMMIT DELETE ROWS
"""
LOCK_PACKS = """
SELECT FROM catalog_pack WHERE id IN (SELECT pack_id FROM staged_price) ORDER BY id FOR NO KEY UPDATE
"""
# A list of a later day that says the same begins no new price: its day is not part of what it costs.
_DIFFERS = """o.pack_id = s.pack_id AND o.currency = s.currency AND o.valid_until IS NULL
  AND o.valid_from <= clock_timestamp()
  AND (o.amount_minor, o.acquisition_unit_micro, split_part(o.source, ' of 2', 1))
   <> (s.amount_minor, s.acquisition_unit_micro, split_part(s.source, ' of 2', 1))"""
# One moment for both: the old price ends exactly where the new one starts. Somebody else's price may be younger than
# this transaction, which waited for the pack.
START = f"""
SELECT greatest(transaction_timestamp(), (
    SELECT max(o.valid_from) + interval '1 microsecond' FROM catalog_price o JOIN staged_price s ON {_DIFFERS}))
"""  # noqa: S608
MERGE_PRICES = f"""
WITH ended AS (
    UPDATE catalog_price o SET valid_until = %(start)s FROM staged_price s WHERE {_DIFFERS} RETURNING o.pack_id
) SELECT count(*) FROM ended
"""  # noqa: S608
INSERT_PRICES = """
WITH written AS (
    INSERT INTO catalog_price (pack_id, currency, amount_minor, acquisition_minor, margin_minor, fee_minor,
                               acquisition_unit_micro, source, valid_from)
    SELECT s.pack_id, s.currency, s.amount_minor, s.acquisition_minor, s.margin_minor, s.fee_minor,
           s.acquisition_unit_micro, s.source, %(start)s FROM staged_price s
    WHERE NOT EXISTS (SELECT FROM catalog_price o WHERE o.pack_id = s.pack_id AND o.currency = s.currency
                      AND (o.valid_until IS NULL OR o.valid_until > %(start)s))
    RETURNING pack_id
), due AS (
    INSERT INTO catalog_searchdue (product_id)
    SELECT DISTINCT k.product_id FROM written w JOIN catalog_pack k ON k.id = w.pack_id ON CONFLICT DO NOTHING
)
SELECT count(*) FROM written
"""


def priced(batch: list[Any], nadac: Nadac, like: dict[str, tuple[int, str | None]], *, demo: bool) -> Iterator[Any]:
    """Rows of `staged_price` for packs that have a published cost, or by the demonstration's rule."""
    for pack_id, size, unit, code, is_brand, maker, equivalence, supply_class in batch:
        found = _cost(code, unit, nadac)
        source = nadac.source
        if found is None and demo:
            found, source = _demo_cost(equivalence, unit, like, is_brand=is_brand, maker=maker)
        if found is None:
            continue
        least = 0 if source == nadac.source else prices.DEMO_LEAST_MINOR
        made = prices.build(
            found, Decimal(size), currency="USD", supply_class=SupplyClass(supply_class), least_minor=least
        )
        if made.amount_minor:
            yield (
                pack_id, "USD", made.amount_minor, made.acquisition_minor, made.margin_minor, made.fee_minor,
                made.acquisition_unit_micro, source,
            )  # fmt: skip


def published_by_equivalence(nadac: Nadac, *, source: str) -> dict[str, tuple[int, str | None]]:
    """Equivalence key → published cost, for makers whose own code is not in the file."""
    known: dict[str, tuple[int, str | None]] = {}
    wanted = [ndc for digits in nadac.costs for ndc in codes.from_ndc11(digits)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.code, p.equivalence FROM catalog_packcode c JOIN catalog_pack k ON k.id = c.pack_id"
            " JOIN catalog_product p ON p.id = k.product_id"
            " WHERE c.system = 'ndc' AND c.code = ANY(%s) AND p.source = %s AND p.equivalence <> '' ORDER BY c.code",
            [wanted, source],
        )
        for code, equivalence in cursor.fetchall():
            known.setdefault(equivalence, nadac.costs[codes.ndc11(code)])
    return known


@joins_transaction
def merge_prices(rows: list[Any]) -> tuple[int, int]:
    """Write prices that differ from the current ones; (new, of these replacing an older one)."""
    with connection.cursor() as cursor:
        cursor.execute(TEMP_PRICES)
        cursor.execute("DELETE FROM staged_price")
        with cursor.copy("COPY staged_price FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE staged_price")
        cursor.execute(LOCK_PACKS)
        cursor.execute(START)
        start = {"start": cursor.fetchone()[0]}
        cursor.execute(MERGE_PRICES, start)
        replaced: int = cursor.fetchone()[0]
        cursor.execute(INSERT_PRICES, start)
        new: int = cursor.fetchone()[0]
    return new, replaced


def _cost(code: str, unit: str, nadac: Nadac) -> int | None:
    if not code or not nadac.costs:
        return None
    found = nadac.costs.get(codes.ndc11(code))
    return found[0] if found and _fits(found[1], unit) else None


def _fits(published: str | None, unit: str) -> bool:
    return published == unit if published else unit not in ("mL", "g", "mg", "mcg")


def _demo_cost(
    equivalence: str, unit: str, like: dict[str, tuple[int, str | None]], *, is_brand: bool, maker: str
) -> tuple[int, str]:
    found = like.get(equivalence)
    if found and _fits(found[1], unit):
        # 100 … 140 %: the file lists the cheapest makers only, so the others are not below them.
        percent = 100 + zlib.crc32(maker.encode()) % 41
        return found[0] * percent // 100, LIKE_SOURCE
    return prices.demo_unit_micro(unit, is_brand=is_brand, maker=maker), DEMO_SOURCE
