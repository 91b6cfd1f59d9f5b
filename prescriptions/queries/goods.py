"""What the shelf says about requested lines: price and picture, and the lot that dispensing would take first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.models.site import Site
from catalog.models.stock import Lot
from catalog.queries.selling import Sellable, sellable_from
from catalog.rules.stock import lot_good_until
from prescriptions.models.supply import SupplyRequest


@dataclass(frozen=True, slots=True)
class Goods:
    """A requested pack as the site has it; `lot` is None when no lot may be supplied; `on_hand` in units."""

    pack: Sellable | None
    lot: Lot | None
    on_hand: Decimal


def goods_of(requests: Iterable[SupplyRequest], *, site: Site, today: date) -> dict[int, Goods]:
    """Goods by pack id, first expiry first (2 statements whatever the number). Requests come with their pack."""
    asked = list(requests)
    if not asked:
        return {}
    packs = {request.pack_id: request.pack.stock_pack_id for request in asked}
    country = asked[0].country
    sold = sellable_from(site, packs, country=country, currency=site.currency)
    usable = Lot.objects.filter(
        site=site, pack__in=set(packs.values()), state="ok", on_hand__gt=0, expires_on__gte=lot_good_until(today)
    )
    lots: dict[int, list[Lot]] = defaultdict(list)
    for lot in usable.order_by("expires_on", "pk"):
        lots[lot.pack_id].append(lot)
    return {
        pack: Goods(
            sold.get(pack), next(iter(lots[stock]), None), sum((lot.on_hand for lot in lots[stock]), Decimal(0))
        )
        for pack, stock in packs.items()
    }
