"""What the shelf says about requested lines: price and picture, and the lot that would be taken first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from catalog.models.site import Site
from catalog.models.stock import Lot
from catalog.queries.selling import Sellable, sellable_from
from prescriptions.models.supply import SupplyRequest


@dataclass(frozen=True, slots=True)
class Goods:
    """A requested pack as the site has it; `lot` is None when no lot may be supplied today."""

    pack: Sellable | None
    lot: Lot | None


def goods_of(requests: Iterable[SupplyRequest], *, site: Site, today: date) -> dict[int, Goods]:
    """Goods by pack id, first expiry first (2 statements whatever the number). Requests come with their pack."""
    asked = list(requests)
    if not asked:
        return {}
    packs = {request.pack_id: request.pack.stock_pack_id for request in asked}
    country = asked[0].country
    sold = sellable_from(site, packs, country=country, currency=site.currency)
    usable = Lot.objects.filter(
        site=site, pack__in=set(packs.values()), state="ok", on_hand__gt=0, expires_on__gte=today
    )
    first: dict[int, Lot] = {}
    for lot in usable.order_by("expires_on", "pk"):
        first.setdefault(lot.pack_id, lot)
    return {pack: Goods(sold.get(pack), first.get(stock)) for pack, stock in packs.items()}
