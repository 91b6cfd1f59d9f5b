"""What orders keep about a customer: for their copy of it, and for the day they close the account."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from orders.actions.basket import drop_baskets
from orders.models.order import Order
from pharmacy.accounts.holdings import Holder, Kept, holds
from pharmacy.accounts.models import User

OVER = ("delivered", "rejected", "cancelled", "expired", "returned")


def export(user: User) -> dict[str, Any]:
    """Every order with lines, sums and where it went."""
    rows = Order.objects.filter(customer=user).prefetch_related("lines")
    return {"orders": [_order(one) for one in rows.order_by("placed_at")]}


def _order(one: Order) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "placed_at": one.placed_at,
        "status": one.status,
        "total": one.total.as_json(),
        "email": one.email,
        "ship_to": one.ship_to,
        "lines": [
            {
                "medicine": line.name,
                "pack": line.description,
                "packs": line.packs,
                "status": line.status,
            }
            for line in one.lines.all()
        ],
    }  # fmt: skip


def kept(user: User) -> list[Kept]:
    """Orders are books: they stay."""
    if not Order.objects.filter(customer=user).exists():
        return []
    return [Kept(_("Orders, payments and where parcels went"), _("Tax and trade law want the books kept."))]


def blocks(user: User) -> list[str]:
    """An order that is on its way has to end first."""
    running = Order.objects.filter(customer=user).exclude(status__in=OVER).exists()
    return [_("An order of yours is still on its way.")] if running else []


holds(Holder("orders", lazy("Orders"), export=export, erase=drop_baskets, kept=kept, blocks=blocks))
