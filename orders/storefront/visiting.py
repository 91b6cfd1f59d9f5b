"""Whose basket this is: a signed cookie for everybody, the account for those who signed in."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase

from orders.actions.basket import open_basket, shop_for
from orders.models.basket import Basket
from orders.models.order import Order
from pharmacy.accounts.models import User
from pharmacy.clock import AppNow
from pharmacy.web.visitor import country_of, currency_of

_NAME: Final = "__Host-basket" if settings.SECURE else "basket"
_PLACED: Final = "__Host-placed" if settings.SECURE else "placed"
_SALT: Final = "orders.basket"
_DAYS_60: Final = 60 * 24 * 3600
_DAY: Final = 24 * 3600
_MOST_PLACED: Final = 5


def person(request: HttpRequest) -> User | None:
    """Who is signed in, or None."""
    return request.user if isinstance(request.user, User) else None


def by_whom(request: HttpRequest) -> User | str:
    """Who does it, for the journal: the account, or "customer:<basket>" for a guest."""
    known = person(request)
    if known is not None:
        return known
    basket, _ = _cookie(request)
    return f"customer:{basket or 'guest'}"


def basket_of(request: HttpRequest) -> Basket | None:
    """The visitor's open basket, brought to the delivery country chosen; None when there is none."""
    found = _find(request)
    if found is None:
        return None
    country, currency, user = country_of(request), currency_of(request), person(request)
    same = (found.country, found.currency) == (country, currency)
    if same and (user is None or found.customer_id == user.pk):
        return found
    return shop_for(found, country=country, currency=currency, customer=user, by=by_whom(request))


def some_basket(request: HttpRequest) -> Basket:
    """The visitor's open basket, or a new one."""
    return basket_of(request) or open_basket(
        country=country_of(request), currency=currency_of(request), customer=person(request), by=by_whom(request)
    )


def count_in_basket(request: HttpRequest) -> int:
    """How many packs the basket holds, from the cookie: every page shows it, none asks the database."""
    return _cookie(request)[1]


def basket_id(request: HttpRequest) -> UUID | None:
    """The basket that the cookie names, unseen: for what may be a moment old."""
    return _cookie(request)[0]


def remember(response: HttpResponseBase, basket: Basket, *, count: int) -> None:
    """Keep the basket's id and how much is in it."""
    _set(response, _NAME, f"{basket.pk}.{count}", _DAYS_60)


def remember_placed(request: HttpRequest, response: HttpResponseBase, basket: Basket) -> None:
    """The basket became an order: empty the visitor's hands, and let this browser see the order for a day."""
    kept = [str(basket.pk), *(str(one) for one in placed_here(request) if one != basket.pk)]
    _set(response, _PLACED, ".".join(kept[:_MOST_PLACED]), _DAY)
    response.delete_cookie(_NAME, samesite="Lax")


def order_just_placed(request: HttpRequest) -> Order | None:
    """The order that this visitor's basket became: for a form that was sent twice."""
    basket, _ = _cookie(request)
    user = person(request)
    if basket is None:
        return None
    return Order.objects.filter(basket_id=basket).filter(Q(customer=None) | Q(customer=user)).first()


def placed_here(request: HttpRequest) -> list[UUID]:
    """Baskets that this browser turned into orders within a day."""
    text = request.get_signed_cookie(_PLACED, default="", salt=_SALT, max_age=_DAY) or ""
    return [one for part in text.split(".") if (one := _uuid(part)) is not None]


def _find(request: HttpRequest) -> Basket | None:
    user = person(request)
    basket_id, _ = _cookie(request)
    open_ones = Basket.objects.filter(order=None).annotate(read_at=AppNow())
    found = open_ones.filter(pk=basket_id).first() if basket_id else None
    if found is not None and found.customer_id not in (None, user.pk if user else None):
        found = None  # somebody else signed in here before
    if found is None and user is not None:
        found = open_ones.filter(customer=user).order_by("-changed_at").first()
    return found


def _cookie(request: HttpRequest) -> tuple[UUID | None, int]:
    text = request.get_signed_cookie(_NAME, default="", salt=_SALT, max_age=_DAYS_60) or ""
    basket, _, count = text.partition(".")
    return _uuid(basket), int(count) if count.isdigit() else 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _set(response: HttpResponseBase, name: str, value: str, age: int) -> None:
    response.set_signed_cookie(
        name, value, salt=_SALT, max_age=age, httponly=True, samesite="Lax", secure=settings.SECURE
    )
