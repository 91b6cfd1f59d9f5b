"""What the makers of a guide's substance ask for today, read from the shelf rows: never written into a guide."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from catalog.models.search import SearchEntry
from pharmacy.money import Money

# prices beside a text on a prescription medicine are advertising in the EU, in Britain and in Australia.
SHOWN_IN: Final = frozenset({"US"})
MOST_ROWS: Final = 400


@dataclass(frozen=True)
class PriceRow:
    """One strength and form: how many makers, from what to what for so many units, and where the lowest is."""

    name: str
    makers: int
    per: int
    unit: str
    lowest: Money
    highest: Money
    maker: str
    slug: str

    @property
    def apart(self) -> Money:
        """What lies between the highest and the lowest for the same number of units."""
        return Money(self.highest.minor - self.lowest.minor, self.highest.currency)


def prices_of(substance_ids: list[int], *, market: str, currency: str) -> list[PriceRow]:
    """Medicines with exactly these substances that have a price, cheapest strength first; [] where law is silent.

    Unit prices are compared per 10 units (1 statement).
    """
    if market not in SHOWN_IN or not substance_ids:
        return []
    rows = (
        SearchEntry.objects.filter(
            market=market, currency=currency, price_minor__isnull=False, standing__lt=9, substance_ids=substance_ids
        )
        .select_related("pack")
        .order_by("unit_price", "id")[:MOST_ROWS]
    )
    grouped: dict[tuple[str, str, str], list[SearchEntry]] = defaultdict(list)
    for row in rows:
        if row.pack is not None:
            grouped[(row.strength, row.form, row.pack.unit)].append(row)
    found = [_row(entries) for entries in grouped.values()]
    return sorted(found, key=lambda row: (row.lowest.minor, row.name))


def _row(entries: list[SearchEntry]) -> PriceRow:
    first, last = entries[0], entries[-1]
    unit = first.pack.unit if first.pack else ""
    name = ", ".join(part for part in (f"{first.title} {first.strength}".strip(), first.form.lower()) if part)
    return PriceRow(
        name=name, makers=len({entry.labeler for entry in entries}), per=10, unit=unit,
        lowest=_ten(first), highest=_ten(last), maker=first.labeler.rstrip("."), slug=first.slug,
    )  # fmt: skip


def _ten(entry: SearchEntry) -> Money:
    return Money(int((entry.unit_price * 10).to_integral_value(rounding="ROUND_HALF_UP")), entry.currency)
