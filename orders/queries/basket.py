"""A basket as its page and the checkout show it: lines, what blocks them, ways of delivery, sums."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from catalog.models.site import Site
from catalog.queries.selling import Sellable, sellable
from orders.models.basket import Basket, BasketLine
from orders.queries.lanes import LaneOffer, lanes_for
from orders.rules.pricing import Quote, Wanted, quote
from pharmacy.money import Money, total


@dataclass(frozen=True, slots=True)
class BasketRow:
    """One line with what is offered for it now; `blocked` says why it can't be ordered ("" when it can)."""

    line: BasketLine
    offer: Sellable | None
    blocked: str

    @property
    def goods(self) -> Money | None:
        """What the line costs, or None while it has no price."""
        price = self.offer.price if self.offer else None
        return price.times(self.line.quantity) if price else None

    @property
    def needs_prescription(self) -> bool:
        """Is this a line that asks, not one that buys?"""
        return self.line.wants == "request"


@dataclass(frozen=True, slots=True)
class BasketView:
    """Everything the pages need, in four statements whatever the number of lines."""

    basket: Basket
    rows: list[BasketRow]
    lanes: list[LaneOffer] = field(default_factory=list)
    site: Site | None = None

    @property
    def is_ready(self) -> bool:
        """Can it go to checkout?"""
        return bool(self.rows) and not any(row.blocked for row in self.rows) and self.site is not None

    @property
    def needs_prescription(self) -> bool:
        """Must a pharmacist look at any line?"""
        return any(row.needs_prescription for row in self.rows)

    @property
    def has_medicine(self) -> bool:
        """Does any line say something about somebody's health?"""
        return any(row.line.pack.product.kind == "medicine" for row in self.rows)

    @property
    def count(self) -> int:
        """How many packs."""
        return sum(row.line.quantity for row in self.rows)

    @property
    def goods(self) -> Money:
        """All lines that have a price."""
        return total((row.goods for row in self.rows if row.goods), self.basket.currency)

    def quoted(self, lane: LaneOffer) -> Quote:
        """The price of everything with one way of delivery; the same function that checkout asks."""
        wanted = [
            Wanted(str(row.line.pack_id), row.offer.price, row.line.quantity)
            for row in self.rows
            if row.offer and row.offer.price
        ]
        return quote(wanted, shipping=lane.price or Money(0, self.basket.currency))


def products_in(basket_id: UUID) -> list[int]:
    """The medicines in an open basket, by product id; one statement."""
    lines = BasketLine.objects.filter(basket_id=basket_id, pack__product__kind="medicine")
    return sorted(set(lines.values_list("pack__product_id", flat=True)))


def lines_of(basket: Basket) -> BasketView:
    """Only what is in the basket, without prices and law (one statement): what a step needs that asks neither."""
    lines = BasketLine.objects.filter(basket=basket).select_related("pack__product").order_by("id")
    return BasketView(basket, [BasketRow(line, None, "") for line in lines])


def view_of(basket: Basket, *, region: str = "", now: dt.datetime | None = None) -> BasketView:
    """The basket's lines with today's prices and law. Lanes are given when `now` is."""
    lines = list(BasketLine.objects.filter(basket=basket).select_related("pack__product").order_by("id"))
    ids = [line.pack_id for line in lines]
    offers = sellable(
        ids, country=basket.country, region=region, currency=basket.currency, is_test=basket.is_test
    )  # fmt: skip
    rows = [BasketRow(line, offers.get(line.pack_id), _why_not(line, offers.get(line.pack_id))) for line in lines]
    site = next((row.offer.site for row in rows if row.offer and row.offer.site), None)
    view = BasketView(basket, rows, site=site)
    if now is None or site is None:
        return view
    weight = sum((row.offer.weight_g or 0) * row.line.quantity for row in rows if row.offer)
    storage = {row.offer.storage for row in rows if row.offer}
    lanes = lanes_for(
        site, country=basket.country, weight_g=weight, storage=storage, now=now, review=view.needs_prescription
    )  # fmt: skip
    return BasketView(basket, rows, lanes=lanes, site=site)


def _why_not(line: BasketLine, offer: Sellable | None) -> str:
    if offer is None:
        return "unknown"
    if offer.blocked:
        return offer.blocked
    needed = "buy" if offer.supply_class == "general_sale" else "request"
    if line.wants != needed:
        return "needs-request"
    if line.quantity > offer.max_per_order:
        return "quantity"
    return "out-of-stock" if line.quantity > offer.packs_available else ""
