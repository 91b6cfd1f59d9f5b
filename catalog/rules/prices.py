"""What a pack costs: acquisition + margin + dispensing fee, each in whole minor units, shown to everybody.

The acquisition cost of one unit can lie below a cent, so it is kept in millionths of the currency's major unit.
Where no published cost (CMS NADAC) is at hand, a demonstration uses the stated rule `demo_unit_micro`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from catalog.rules.supply import SupplyClass

MARGIN_PERCENT = 15
# Of a prescription item: the pharmacist's check, counting, label. In minor units.
DISPENSING_FEE = {"USD": 350, "EUR": 300}
MICRO = 1_000_000
# The demonstration's stated cost of one unit in millionths, by unit, for a generic; brands cost twelve times that.
DEMO_UNIT_MICRO = {
    "tablet": 45_000, "capsule": 60_000, "lozenge": 90_000, "patch": 900_000, "suppository": 400_000,
    "mL": 22_000, "g": 70_000, "sachet": 250_000, "swab": 20_000, "wipe": 30_000, "dose": 150_000,
    "kit": 9_000_000, "piece": 120_000, "stick": 900_000, "bar": 1_500_000, "mg": 200, "mcg": 100,
    "vial": 5_000_000, "syringe": 9_000_000, "injection": 9_000_000,
}  # fmt: skip
DEMO_UNKNOWN_MICRO = 150_000
DEMO_LEAST_MINOR = 150
BRAND_TIMES = 12


@dataclass(frozen=True)
class PriceParts:
    """A built-up price in minor units of one currency."""

    amount_minor: int
    acquisition_minor: int
    margin_minor: int
    fee_minor: int
    acquisition_unit_micro: int


def build(
    unit_micro: int, size: Decimal, *, currency: str, supply_class: SupplyClass, least_minor: int = 0
) -> PriceParts:
    """The price of `size` units that cost `unit_micro` millionths each: cost, 15 % margin, fee for prescriptions.

    `least_minor`: a floor for the acquisition part (a tube is never free). All currencies here have two decimals.
    """
    acquisition = max(_round(Decimal(unit_micro) * size / (MICRO // 100)), least_minor)
    margin = _round(Decimal(acquisition) * MARGIN_PERCENT / 100)
    fee = DISPENSING_FEE.get(currency, 0) if supply_class.needs_prescription else 0
    return PriceParts(acquisition + margin + fee, acquisition, margin, fee, unit_micro)


def demo_unit_micro(unit: str, *, is_brand: bool, maker: str) -> int:
    """The demonstration's cost of one unit where none is published: a figure by unit, varied by maker ±20 %.

    The variation follows from the maker's name alone, so that it is the same on every machine.
    """
    base = DEMO_UNIT_MICRO.get(unit, DEMO_UNKNOWN_MICRO) * (BRAND_TIMES if is_brand and unit not in ("mL", "g") else 1)
    return base * maker_percent(maker) // 100


def maker_percent(maker: str) -> int:
    """80 … 120: how a demonstration's maker differs from the middle."""
    return 80 + zlib.crc32(maker.encode()) % 41


def micro(price: str | float | Decimal) -> int:
    """A published unit price ('0.03351') in millionths of the currency's major unit."""
    return _round(Decimal(str(price)) * MICRO)


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
