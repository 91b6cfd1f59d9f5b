"""What it will cost. Page, checkout and partners ask the same function; whole minor units, one rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pharmacy.money import Money, total


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line to price: `price` of one pack, how many packs, and what is taken off the line (a positive amount)."""

    key: str
    price: Money
    packs: int
    off: Money | None = None


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One priced line; total = goods - discount + shipping share + tax."""

    key: str
    price: Money
    packs: int
    goods: Money
    discount: Money
    shipping: Money
    tax: Money

    @property
    def total(self) -> Money:
        """What this line adds to the order's total."""
        return self.goods - self.discount + self.shipping + self.tax

    @property
    def due(self) -> Money:
        """What this line costs without delivery."""
        return self.goods - self.discount + self.tax


@dataclass(frozen=True, slots=True)
class Quote:
    """What the customer will pay; every total is the sum of its parts."""

    currency: str
    lines: tuple[QuotedLine, ...]

    def _sum(self, part: str) -> Money:
        return total((getattr(line, part) for line in self.lines), self.currency)

    @property
    def goods(self) -> Money:
        """The lines before discount, delivery and tax."""
        return self._sum("goods")

    @property
    def discount(self) -> Money:
        """What is taken off (positive)."""
        return self._sum("discount")

    @property
    def shipping(self) -> Money:
        """The price of delivery."""
        return self._sum("shipping")

    @property
    def tax(self) -> Money:
        """Tax that is added to the prices."""
        return self._sum("tax")

    @property
    def total(self) -> Money:
        """What is held at most."""
        return self._sum("total")


def quote(lines: Sequence[Wanted], *, shipping: Money) -> Quote:
    """Price `lines` with delivery at `shipping`.

    Delivery is split over the lines by what they cost, by largest remainder, so that the parts sum to the whole.
    Raises ValueError when there are no lines, when a quantity is not positive, or a discount exceeds its line.
    """
    if not lines:
        raise ValueError("nothing to price")
    goods = [line.price.times(line.packs) for line in lines]
    for line, amount in zip(lines, goods, strict=True):
        if line.packs < 1 or (line.off and amount < line.off):
            raise ValueError(f"line {line.key} can't be priced")
    weights = [amount.minor for amount in goods]
    shares = shipping.split(weights if sum(weights) else [1] * len(goods))
    none = Money(0, shipping.currency)
    return Quote(
        shipping.currency,
        tuple(
            QuotedLine(line.key, line.price, line.packs, amount, line.off or none, share, none)
            for line, amount, share in zip(lines, goods, shares, strict=True)
        ),
    )


def due_of(goods: Money, discount: Money, tax: Money, *, packs: int, going: int) -> Money:
    """What is owed for `going` of `packs` packs of a line: the same part of its goods, discount and tax.

    Never more than was agreed: 0 <= going <= packs, else ValueError.
    """
    if not 0 <= going <= packs:
        raise ValueError("a pharmacist lowers and never raises")
    whole = goods - discount + tax
    part, _rest = whole.split([going, packs - going])
    return part


def due_with(due: Money, *, agreed: int, now: int | None) -> Money:
    """What is owed when an equivalent pack is supplied: the same part as its price is of the agreed price of a pack.

    `agreed`, `now`: minor units a pack; None: what was agreed is supplied. Never more than `due`, the customer's agreed
    price; discount and tax fall with it.
    """
    if now is None or now >= agreed:
        return due
    return due.times(Fraction(now, agreed))
