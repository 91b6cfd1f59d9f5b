"""Put in, change, take out. What can't be sold here is refused with its reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F

from catalog.queries.law import profile_of
from catalog.queries.selling import Sellable, sellable
from orders.models.basket import Basket, BasketLine
from pharmacy.accounts.models import User
from pharmacy.clock import AppNow
from pharmacy.refusals import NotFound, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.queries.questions import packs_after_consultation

MAX_LINES = 40


class ImpossibleQuantity(Refused):
    """Not a whole number of packs from one to the limit."""

    code = "impossible-quantity"
    status = 422
    title = "That quantity is not possible"


class CannotBeBought(Refused):
    """It may not be sold there, or not in this way."""

    code = "not-available"
    title = "This can't be ordered"


class AlreadyPlaced(Refused):
    """The basket has become an order."""

    code = "already-placed"
    title = "This basket is an order already"


@own_transaction
def open_basket(*, country: str, currency: str, customer: User | None, is_test: bool = False, by: Any) -> Basket:
    """A new, empty basket."""
    return Basket.objects.create(country=country, currency=currency, customer=customer, is_test=is_test)


@own_transaction
def put_in(basket: Basket, *, pack_id: int, quantity: int, wants: str, by: Any) -> int:
    """Add packs to buy ("buy"), or ask for packs that need a prescription ("request"); how many packs are in it then.

    Raises ImpossibleQuantity, CannotBeBought (with the rule's code as `reason`), AlreadyPlaced.
    """
    locked = _open(basket)
    offer = sellable([pack_id], country=locked.country, currency=locked.currency, is_test=locked.is_test).get(pack_id)
    _refuse_wrong_way(offer, wants)
    most = _most_after_consultation(offer, locked, by) if wants == "request" else None
    _refuse_impossible(quantity, offer, limit=most)
    lines = {one.pack_id: one for one in BasketLine.objects.filter(basket=locked)}
    line = lines.get(pack_id)
    wanted = quantity + (line.quantity if line else 0)
    _refuse_impossible(wanted, offer, limit=most)
    if line is None and len(lines) >= MAX_LINES:
        raise CannotBeBought(f"A basket holds at most {MAX_LINES} different packs.", reason="too-many-lines")
    if line is None:
        BasketLine.objects.create(basket=locked, pack_id=pack_id, quantity=wanted, wants=wants)
    else:
        BasketLine.objects.filter(pk=line.pk).update(quantity=wanted, wants=wants)
    return sum(one.quantity for one in lines.values()) + quantity


@own_transaction
def change(basket: Basket, *, pack_id: int, quantity: int, by: Any) -> None:
    """Set how many packs; raises NotFound, ImpossibleQuantity, AlreadyPlaced."""
    locked = _open(basket)
    line = BasketLine.objects.select_related("pack").filter(basket=locked, pack_id=pack_id).first()
    if line is None:
        raise NotFound("This is not in the basket.")
    said = packs_after_consultation(locked.customer or by, pack_id) if line.wants == "request" else 0
    _refuse_impossible(quantity, None, limit=min(filter(None, [line.pack.max_per_order, said or None, 99])))
    BasketLine.objects.filter(pk=line.pk).update(quantity=quantity)


@own_transaction
def take_out(basket: Basket, *, pack_id: int, by: Any) -> None:
    """Remove a line; removing what is not there is no fault."""
    BasketLine.objects.filter(basket=_open(basket), pack_id=pack_id).delete()


@own_transaction
def keep_answers(basket: Basket, *, answers: dict[str, Any], by: Any) -> Basket:
    """Keep what a checkout step was told, beside what earlier steps were told."""
    locked = _lock_open(basket)
    locked.draft = {**locked.draft, **answers}
    Basket.objects.filter(pk=locked.pk).update(draft_sealed=locked.draft_sealed, changed_at=AppNow())
    return locked


@own_transaction
def shop_for(basket: Basket, *, country: str, currency: str, customer: User | None, by: Any) -> Basket:
    """Follow the visitor: another delivery country, or a guest who signed in. A foreign basket is NotFound."""
    locked = _open(basket)
    if locked.customer_id and (customer is None or locked.customer_id != customer.pk):
        raise NotFound("There is no such basket.")
    locked.country, locked.currency = country, currency
    locked.customer = customer or locked.customer
    locked.save(update_fields=["country", "currency", "customer"])
    return locked


@joins_transaction
def lock_basket(basket_id: UUID) -> Basket:
    """The basket's row, locked: first in the order of locks."""
    found = Basket.objects.select_for_update(of=("self",)).annotate(read_at=AppNow()).filter(pk=basket_id).first()
    if found is None:
        raise NotFound("There is no such basket.")
    return found


@joins_transaction
def drop_baskets(user: User, *, by: Any) -> None:
    """Empty what a closing account leaves behind: baskets that no order was made of, with what was typed in them."""
    left = Basket.objects.filter(customer=user, order=None)
    BasketLine.objects.filter(basket__in=left).delete()
    left.delete()


def _open(basket: Basket) -> Basket:
    locked = _lock_open(basket)
    Basket.objects.filter(pk=locked.pk).update(changed_at=AppNow())
    return locked


def _lock_open(basket: Basket) -> Basket:
    # A change that waited here for place_order may not see the new order yet: it then changes a spent basket, which
    # nothing reads any more. The order itself is safe: place_order looks again after its lock.
    locked = (
        Basket.objects.select_for_update(of=("self",))
        .annotate(order_reference=F("order__reference"))
        .filter(pk=basket.pk)
        .first()
    )
    if locked is None:
        raise NotFound("There is no such basket.")
    if locked.order_reference:
        raise AlreadyPlaced(order=locked.order_reference)
    return locked


def _refuse_wrong_way(offer: Sellable | None, wants: str) -> None:
    if offer is None or offer.blocked:
        raise CannotBeBought(reason=offer.blocked if offer else "unknown")
    needed = "buy" if offer.supply_class == "general_sale" else "request"
    if wants != needed:
        raise CannotBeBought("This needs a prescription or a pharmacist first.", reason="needs-request")


def _most_after_consultation(offer: Sellable | None, basket: Basket, by: Any) -> int | None:
    """Decision 4, R-303: no pack is chosen before a pharmacist said so, for a pharmacy-only item and where the law of
    the country wants a consultation before any other. How many are left of what was said; None where none is needed."""
    profile = profile_of(basket.country)
    is_pharmacy_only = offer is not None and offer.supply_class.value == "pharmacy_only"
    if profile is not None and profile.prescription_first and not is_pharmacy_only:
        return None
    left = packs_after_consultation(basket.customer or by, offer.pack_id) if offer and profile else 0
    if not left:
        raise CannotBeBought("A consultation comes first in this country.", reason="consultation-first")
    return left


def _refuse_impossible(quantity: int, offer: Sellable | None, *, limit: int | None = None) -> None:
    most = min(filter(None, [offer.max_per_order if offer else None, limit, 99]))
    if isinstance(quantity, bool | float | Decimal) or not 1 <= quantity <= most:
        raise ImpossibleQuantity(f"Choose from 1 to {most} packs.", most=most)
