"""Ways from a site to a country, as the checkout shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from catalog.models.site import Site
from orders.models.parcel import Lane
from orders.rules.shipping import LaneFacts, price_for, promised, refused_because
from pharmacy.money import Money


@dataclass(frozen=True, slots=True)
class LaneOffer:
    """One way of delivery for one basket: price and days, or why it can't be chosen."""

    lane: Lane
    price: Money | None
    first: dt.date
    last: dt.date
    refused: str


def facts_of(lane: Lane) -> LaneFacts:
    """What the shipping rules need to know of a lane."""
    bands = [(int(limit), int(price)) for limit, price in lane.bands]
    return LaneFacts(lane.days_from, lane.days_to, lane.cut_off, bands, lane.carries)


def lanes_for(
    site: Site, *, country: str, weight_g: int, storage: Collection[str], now: dt.datetime, review: bool = False
) -> list[LaneOffer]:
    """Every active lane from `site` to `country`, those that can be chosen first, cheapest first (one statement)."""
    offers = []
    here = now.astimezone(ZoneInfo(site.time_zone))
    for lane in Lane.objects.filter(site=site, country=country, is_active=True):
        facts = facts_of(lane)
        minor = price_for(facts, weight_g=weight_g)
        first, last = promised(facts, now=here, review=review)
        price = None if minor is None else Money(minor, lane.currency)
        offers.append(LaneOffer(lane, price, first, last, refused_because(facts, weight_g=weight_g, storage=storage)))
    return sorted(offers, key=lambda offer: (bool(offer.refused), offer.price.minor if offer.price else 0))
