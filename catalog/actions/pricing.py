"""Setting prices: the old one ends where the new one starts, and both are kept."""

from __future__ import annotations

from typing import Any

from catalog.actions.search import mark_due
from catalog.models.product import Pack, Price
from catalog.rules.prices import PriceParts
from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.transactions import joins_transaction, own_transaction


@own_transaction
def set_price(pack: Pack, *, currency: str, parts: PriceParts, source: str, by: Any) -> Price:
    """Give a pack a new price from now on; the same price again changes nothing."""
    return price_from_now(pack, currency=currency, parts=parts, source=source, by=by)


@joins_transaction
def price_from_now(pack: Pack, *, currency: str, parts: PriceParts, source: str, by: Any) -> Price:
    """The part of `set_price` that joins a transaction. The pack's row is locked: two setters make no overlap."""
    Pack.objects.select_for_update().get(pk=pack.pk)
    now = db_now()
    current = Price.objects.filter(pack=pack, currency=currency, valid_until=None).first()
    if current:
        if (current.amount_minor, current.acquisition_unit_micro, current.source) == (
            parts.amount_minor, parts.acquisition_unit_micro, source,
        ):  # fmt: skip
            return current
        Price.objects.filter(pk=current.pk).update(valid_until=now)
    made = Price.objects.create(
        pack=pack,
        currency=currency,
        amount_minor=parts.amount_minor,
        acquisition_minor=parts.acquisition_minor,
        margin_minor=parts.margin_minor,
        fee_minor=parts.fee_minor,
        acquisition_unit_micro=parts.acquisition_unit_micro,
        source=source,
        valid_from=now,
    )
    mark_due([pack.product_id])
    record(
        "price.changed", about=("pack", str(pack.public_id)), by=by, currency=currency, amount_minor=parts.amount_minor
    )
    return made
