"""Let go of one pack and hold another instead, for the same holder, in one step."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import connection

from catalog.actions.stock import OutOfStock
from catalog.models.site import Site
from catalog.models.stock import Reservation
from pharmacy.refusals import NotPossible
from pharmacy.transactions import joins_transaction

# Both levels are locked in order of id, as everywhere; only then is the reservation looked at.
LOCK = """
SELECT l.id FROM catalog_stocklevel l
WHERE l.id IN (SELECT level_id FROM catalog_reservation WHERE holder = %(holder)s)
   OR (l.site_id = %(site)s
       AND l.pack_id = (SELECT coalesce(counted_from_id, id) FROM catalog_pack WHERE id = %(pack)s))
ORDER BY l.id FOR UPDATE
"""

LET_GO = "UPDATE catalog_stocklevel SET reserved = reserved - %(units)s WHERE id = %(level)s"

HOLD = """
UPDATE catalog_stocklevel l SET reserved = l.reserved + %(units)s
WHERE l.site_id = %(site)s AND l.pack_id = (SELECT coalesce(counted_from_id, id) FROM catalog_pack WHERE id = %(pack)s)
  AND l.reserved + %(units)s <= l.on_hand - l.blocked + l.backorder_cap
RETURNING l.id
"""

MOVE = """
UPDATE catalog_reservation SET level_id = %(level)s, units = %(units)s, changed_at = app_now() WHERE id = %(id)s
"""


@joins_transaction
def exchange(holder: UUID, *, site: Site, pack_id: int, units: Decimal) -> bool:
    """Hold `units` of another pack at the site instead of what `holder` holds; False when it held nothing before.

    Who held nothing holds nothing afterwards. Raises OutOfStock (the transaction must end then, so that the old pack
    stays held), NotPossible when what is held was bound to lots, handed over or released.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"holder": holder, "site": site.pk, "pack": pack_id})
        held = Reservation.objects.select_for_update().filter(holder=holder).first()
        if held is None:
            return False
        if held.state != Reservation.State.HELD or units <= 0:
            raise NotPossible("What is reserved for this line can't be exchanged any more.", state=held.state)
        cursor.execute(LET_GO, {"units": held.units, "level": held.level_id})
        cursor.execute(HOLD, {"units": units, "site": site.pk, "pack": pack_id})
        found = cursor.fetchone()
        if found is None:
            raise OutOfStock("There is not enough of this in stock.", packs=[pack_id])
        cursor.execute(MOVE, {"level": found[0], "units": units, "id": held.pk})
    return True
