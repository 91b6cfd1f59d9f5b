"""From a basket to an order: one transaction, or nothing."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from catalog.actions.stock import Want, take
from catalog.models.site import Site
from catalog.queries.selling import Sellable, sellable
from orders.actions.basket import CannotBeBought, lock_basket
from orders.actions.payment import settle_nothing_to_pay
from orders.models.basket import Basket, BasketLine
from orders.models.order import Order, OrderLine
from orders.models.parcel import Lane
from orders.models.payment import Payment
from orders.queries.lanes import facts_of
from orders.rules.pricing import Quote, Wanted, quote
from orders.rules.shipping import price_for, promised, refused_because
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import db_now
from pharmacy.crypto import blind
from pharmacy.journal.actions import record
from pharmacy.keys import new_id
from pharmacy.money import Money
from pharmacy.refusals import Refused
from pharmacy.transactions import own_transaction
from prescriptions.actions.supply import SupplyLine, request_supply
from prescriptions.models.patient import Patient

PAY_WITHIN = dt.timedelta(minutes=60)  # decision 9: the hosted page lives as long
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class PriceChanged(Refused):
    """The total is not what the customer saw."""

    code = "price-changed"
    title = "The price has changed"


class BasketEmpty(Refused):
    """There is nothing to order."""

    code = "basket-empty"
    title = "The basket is empty"


class ConsentMissing(Refused):
    """A medicine is ordered and the health-data consent was not given."""

    code = "consent-missing"
    status = 422
    title = "Your consent is needed"


class SignInNeeded(Refused):
    """A line needs a prescription, and prescriptions belong to an account."""

    code = "sign-in-needed"
    status = 403
    title = "Please sign in first"


class LaneNotPossible(Refused):
    """The chosen way of delivery can't take this order there."""

    code = "lane-not-possible"
    status = 422
    title = "This delivery is not possible"


@dataclass(frozen=True, slots=True)
class Details:
    """What the checkout asked for. `ship_to`: name, lines, city, region, postal_code, country, phone."""

    email: str
    ship_to: dict[str, Any]
    lane_id: int
    consent_version: str = ""
    patient_id: UUID | None = None
    documents: list[UUID] = field(default_factory=list)
    language: str = "en"


@dataclass(frozen=True, slots=True)
class _Agreed:
    """All that was read and agreed before anything is written."""

    site: Site
    lane: Lane
    quote: Quote
    lines: Sequence[tuple[BasketLine, Sellable]]
    needs_review: bool
    now: dt.datetime


@own_transaction
def place_order(basket: Basket, *, details: Details, expected_total: Money, customer: User | None, by: Any) -> Order:
    """Turn a basket into one order: lines, supply requests, payment row, stock and the journal, or nothing.

    The same basket gives the same order again. `expected_total` is what the customer saw.
    Raises BasketEmpty, CannotBeBought, LaneNotPossible, ConsentMissing, SignInNeeded, PriceChanged (facts: `now`
    and `expected` in minor units, `currency`) and catalog's OutOfStock.
    Locks in this order: basket, (new rows), stock by id last.
    """
    locked = lock_basket(basket.pk)
    # A statement of its own: a join in the locking one would show what was there before the wait (same basket twice).
    placed = Order.objects.filter(basket=locked).first()
    if placed is not None:
        return placed
    agreed = _agree(locked, details=details, customer=customer)
    if agreed.quote.total != expected_total:
        raise PriceChanged(now=agreed.quote.total.minor, expected=expected_total.minor, currency=agreed.quote.currency)
    order = _write_order(locked, details=details, agreed=agreed, customer=customer)
    lines = _write_lines(order, agreed)
    _ask_for_supply(order, lines, details=details, agreed=agreed, by=by)
    payment = _write_payment(order)
    record("order.placed", about=order, by=by, order=order.reference, payment=payment.reference, test=order.is_test)
    wants = [
        Want(line.supply_request_id, offer.pack_id, offer.size * line.packs)
        for line, (_, offer) in zip(lines, agreed.lines, strict=True)
    ]
    take(agreed.site, wants)  # the hottest rows, locked last and shortest
    if payment.provider == "none":
        settle_nothing_to_pay(order, payment, by=by)
    return order


def _agree(basket: Basket, *, details: Details, customer: User | None) -> _Agreed:
    lines = list(BasketLine.objects.filter(basket=basket).select_related("pack__product").order_by("id"))
    if not lines:
        raise BasketEmpty
    country, region = details.ship_to["country"], details.ship_to.get("region", "")
    offers = sellable(
        [line.pack_id for line in lines],
        country=country, region=region, currency=basket.currency, is_test=basket.is_test,
    )  # fmt: skip
    pairs = [(line, _offered(line, offers)) for line in lines]
    site = _one_site(pairs)
    review = any(offer.supply_class != "general_sale" for _, offer in pairs)
    if review and customer is None:
        raise SignInNeeded("Prescriptions belong to an account; sign in or create one.")
    # The draft remembers a consent that may have been taken back since: an account's own word of now counts.
    agreed = bool(details.consent_version) and (customer is None or has_consent(customer))
    if not agreed and any(line.pack.product.kind == "medicine" for line in lines):
        raise ConsentMissing("What you order says something about your health; we need your consent to keep it.")
    lane, shipping = _travel(site, pairs, lane_id=details.lane_id, country=country)
    return _Agreed(site, lane, _price(pairs, shipping), pairs, review, basket.seen_at or db_now())


def _offered(line: BasketLine, offers: dict[int, Sellable]) -> Sellable:
    offer = offers.get(line.pack_id)
    if offer is None or offer.blocked or offer.price is None:
        raise CannotBeBought(reason=(offer.blocked if offer else "") or "unknown", pack=str(line.pack.public_id))
    needed = "buy" if offer.supply_class == "general_sale" else "request"
    if line.wants != needed or line.quantity > offer.max_per_order:
        raise CannotBeBought(reason="quantity" if line.wants == needed else "needs-request")
    return offer


def _one_site(pairs: Sequence[tuple[BasketLine, Sellable]]) -> Site:
    sites = {offer.site.pk: offer.site for _, offer in pairs if offer.site}
    if len(sites) != 1:
        raise CannotBeBought("These can't be sent from one pharmacy.", reason="no-site")
    return next(iter(sites.values()))


def _price(pairs: Sequence[tuple[BasketLine, Sellable]], shipping: Money) -> Quote:
    wanted = [Wanted(str(line.pack_id), offer.price, line.quantity) for line, offer in pairs if offer.price]
    return quote(wanted, shipping=shipping)


def _travel(
    site: Site, pairs: Sequence[tuple[BasketLine, Sellable]], *, lane_id: int, country: str
) -> tuple[Lane, Money]:
    weight = sum((offer.weight_g or 0) * line.quantity for line, offer in pairs)
    lane = Lane.objects.filter(pk=lane_id, site=site, country=country, is_active=True).first()
    if lane is None:
        raise LaneNotPossible("Choose how it should travel.")
    reason = refused_because(facts_of(lane), weight_g=weight, storage={offer.storage for _, offer in pairs})
    price = price_for(facts_of(lane), weight_g=weight)
    if reason or price is None:
        raise LaneNotPossible("This delivery can't carry what is in the basket.", reason=reason)
    return lane, Money(price, lane.currency)


def _new_reference() -> str:
    """Nine letters without look-alikes, in threes: 30^9 possibilities, made by the system's random source."""
    letters = [secrets.choice(_LETTERS) for _ in range(9)]
    return "-".join("".join(letters[start : start + 3]) for start in (0, 3, 6))


def _write_order(basket: Basket, *, details: Details, agreed: _Agreed, customer: User | None) -> Order:
    here = agreed.now.astimezone(ZoneInfo(agreed.site.time_zone))
    first, last = promised(facts_of(agreed.lane), now=here, review=agreed.needs_review)
    sums = agreed.quote
    order = Order(
        reference=_new_reference(),
        basket=basket,
        customer=customer,
        site=agreed.site,
        lane=agreed.lane,
        country=details.ship_to["country"],
        region=details.ship_to.get("region", ""),
        is_test=basket.is_test,
        language=details.language,
        has_medicine=any(line.pack.product.kind == "medicine" for line, _ in agreed.lines),
        consent_version=details.consent_version,
        currency=sums.currency,
        goods_minor=sums.goods.minor,
        discount_minor=sums.discount.minor,
        shipping_minor=sums.shipping.minor,
        tax_minor=sums.tax.minor,
        total_minor=sums.total.minor,
        due_minor=sums.total.minor,
        shipping_due_minor=sums.shipping.minor,
        email_blind=blind(details.email.strip().lower(), "order.email"),
        promised_from=first,
        promised_to=last,
        pay_by=agreed.now + PAY_WITHIN,
    )
    order.email, order.ship_to = details.email, details.ship_to
    order.save(force_insert=True)
    return order


def _write_lines(order: Order, agreed: _Agreed) -> list[OrderLine]:
    lines = [
        OrderLine(
            order=order,
            supply_request_id=new_id(),
            position=position,
            pack_id=offer.pack_id,
            name=offer.title,
            description=offer.description,
            supply_class=str(offer.supply_class),
            packs=part.packs,
            currency=order.currency,
            unit_price_minor=part.price.minor,
            goods_minor=part.goods.minor,
            discount_minor=part.discount.minor,
            shipping_minor=part.shipping.minor,
            tax_minor=part.tax.minor,
            total_minor=part.total.minor,
            due_minor=part.due.minor,
            status="cleared" if offer.supply_class == "general_sale" else "waiting",
        )
        for position, ((_, offer), part) in enumerate(zip(agreed.lines, agreed.quote.lines, strict=True), start=1)
    ]
    return OrderLine.objects.bulk_create(lines)


def _ask_for_supply(order: Order, lines: list[OrderLine], *, details: Details, agreed: _Agreed, by: Any) -> None:
    asked = [
        SupplyLine(line.supply_request_id, offer.pack_id, line.packs, offer.size * line.packs, offer.supply_class)
        for line, (_, offer) in zip(lines, agreed.lines, strict=True)
    ]
    request_supply(
        asked,
        order_reference=order.reference,
        customer=order.customer,
        patient=Patient.objects.filter(pk=details.patient_id).first() if details.patient_id else None,
        site=agreed.site,
        country=order.country,
        region=order.region,
        documents=details.documents,
        is_test=order.is_test,
        by=by,
    )


def _write_payment(order: Order) -> Payment:
    """The attempt and its key are stored before the provider hears of it."""
    provider = "stripe" if order.total_minor else "none"
    return Payment.objects.create(
        order=order,
        reference=f"{order.reference}-1",
        provider=provider,
        is_test=order.is_test,
        currency=order.currency,
        amount_minor=order.total_minor,
    )
