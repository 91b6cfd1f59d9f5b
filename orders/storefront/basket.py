"""The basket page and what is put in, changed and taken out there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models.product import Pack
from catalog.queries.interactions import Report, among_products
from orders.actions.basket import CannotBeBought, ImpossibleQuantity, change, put_in, take_out
from orders.models.basket import Basket
from orders.queries.basket import BasketView, view_of
from orders.storefront.seeing import unpaid_of
from orders.storefront.visiting import basket_of, by_whom, remember, some_basket
from orders.storefront.words import why_blocked
from pharmacy.clock import db_now
from pharmacy.keys import parse_public
from pharmacy.refusals import NotFound
from pharmacy.web.visitor import way_back


@require_http_methods(["GET", "HEAD", "POST"])
def basket_page(request: HttpRequest) -> HttpResponse:
    """GET shows the basket; POST puts a pack in."""
    if request.method == "POST":
        return add(request)
    basket = basket_of(request)
    view = view_of(basket, now=basket.seen_at or db_now()) if basket else None
    page = _page(view)
    unpaid = [] if page["rows"] else unpaid_of(request)  # back from the payment page: the order is not lost
    response = render(request, "orders/storefront/basket.html", page | {"unpaid": unpaid})
    if basket is not None and view is not None:
        remember(response, basket, count=view.count)
    return response


def _page(view: BasketView | None) -> dict[str, Any]:
    if view is None or not view.rows:
        return {"rows": [], "view": view}
    rows = [
        {
            "row": row,
            "why": why_blocked(row.blocked) if row.blocked else "",
            "most": min(row.offer.max_per_order if row.offer else row.line.pack.max_per_order, 99),
        }
        for row in view.rows
    ]
    lanes = [lane for lane in view.lanes if not lane.refused]
    medicines = {line.pack.product_id for row in view.rows if (line := row.line).pack.product.kind == "medicine"}
    together, _made_of = among_products(medicines) if len(medicines) > 1 else (Report(), {})
    return {"rows": rows, "view": view, "lane": lanes[0] if lanes else None, "together": together}


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put packs in, to buy or (`wants=request`) to ask for."""
    return _put(request, wants="request" if request.POST.get("wants") == "request" else "buy")


@require_POST
def ask_for(request: HttpRequest) -> HttpResponse:
    """The button "Send a prescription": a line that asks for a pack, to be cleared by a pharmacist."""
    return _put(request, wants="request")


def _put(request: HttpRequest, *, wants: str) -> HttpResponse:
    """A refusal is said where the visitor came from."""
    pack = _pack(request.POST.get("pack", ""))
    basket = some_basket(request)
    try:
        count = put_in(basket, pack_id=pack.pk, quantity=_quantity(request), wants=wants, by=by_whom(request))
    except (CannotBeBought, ImpossibleQuantity) as refusal:
        _say_refusal(request, refusal)
        return HttpResponseRedirect(way_back(request, "/basket/"))
    said = _("Asked for. A pharmacist looks at your prescription before anything is charged.")
    messages.success(request, said if wants == "request" else _("In your basket."))
    response = HttpResponseRedirect("/basket/")
    remember(response, basket, count=count)
    return response


@require_POST
def set_quantity(request: HttpRequest) -> HttpResponse:
    """Change how many packs."""
    basket = basket_of(request)
    if basket is None:
        raise NotFound("There is no such basket.")
    try:
        change(basket, pack_id=_pack(request.POST.get("pack", "")).pk, quantity=_quantity(request), by=by_whom(request))
    except ImpossibleQuantity as refusal:
        _say_refusal(request, refusal)
    return _with_count(redirect("basket"), basket)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a line out."""
    basket = basket_of(request)
    if basket is not None:
        take_out(basket, pack_id=_pack(request.POST.get("pack", "")).pk, by=by_whom(request))
        messages.success(request, _("Removed."))
    return _with_count(redirect("basket"), basket) if basket else redirect("basket")


def _with_count(response: HttpResponse, basket: Basket) -> HttpResponse:
    count = sum(basket.lines.values_list("quantity", flat=True))
    remember(response, basket, count=count)
    return response


def _pack(text: str) -> Pack:
    try:
        known = parse_public("pck", text) or UUID(text)
    except ValueError:
        known = None
    found = Pack.objects.filter(public_id=known).first() if known else None
    if found is None:
        raise NotFound("There is no such pack.")
    return found


def _quantity(request: HttpRequest) -> int:
    """A whole number as written by a person; anything else is impossible, and the verb says so."""
    text = request.POST.get("quantity", "1").strip()
    return int(text) if text.isdecimal() and len(text) <= 4 else 0


def _say_refusal(request: HttpRequest, refusal: CannotBeBought | ImpossibleQuantity) -> None:
    reason = str(refusal.facts.get("reason", ""))
    messages.error(request, why_blocked(reason) if reason else refusal.detail)
