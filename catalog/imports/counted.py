"""Packs counted out of stock bottles: what a US pharmacy hands over is 30, 60 or 90 out of a bottle of 100 to 5,000."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

from collections.abc import Container, Iterable
from decimal import Decimal

from catalog.imports.staged import StagedPack, sealed
from catalog.rules.packs import plural

COUNTS = (30, 60, 90)
LEAST = 100
MOST = 5_000
COUNTABLE = ("tablet", "capsule")


def counted_packs(rows: Iterable[StagedPack], *, only: Container[str]) -> list[StagedPack]:
    """The rows, with bottles of 100 or more tablets or capsules marked as stock bottles and packs counted from one.

    `only`: source keys of prescription products; a bottle of general sale is sold whole. One bottle a product is counted from: the smallest. Rows of one product have to come together.
    """
    made: list[StagedPack] = []
    bottles: dict[str, StagedPack] = {}
    for row in rows:
        if row.product_key in only and _is_bottle(row):
            row = sealed(row._replace(is_stock_bottle=True))
            known = bottles.get(row.product_key)
            if known is None or Decimal(row.size) < Decimal(known.size):
                bottles[row.product_key] = row
        made.append(row)
    for bottle in bottles.values():
        made += [_counted(bottle, count) for count in COUNTS]
    return made


def _is_bottle(row: StagedPack) -> bool:
    return (
        row.unit in COUNTABLE
        and LEAST <= Decimal(row.size) <= MOST
        and row.container.startswith("BOTTLE")
        and not row.is_sample
    )


def _counted(bottle: StagedPack, count: int) -> StagedPack:
    return sealed(
        bottle._replace(
            source_key=f"{bottle.source_key}#{count}",
            description=f"{count} {plural(bottle.unit, Decimal(count))}",
            listed_as=f"Counted from {bottle.listed_as}"[:1000],
            container="VIAL",
            size=f"{count}.0000",
            counted_from=bottle.source_key,
            is_stock_bottle=False,
            codes="[]",
        )
    )
