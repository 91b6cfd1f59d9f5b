"""An order's page, and what its owner can do there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.actions.releasing import cancel_order
from orders.models.order import Order, OrderLine
from orders.queries.links import order_behind
from orders.queries.order_page import OrderPage, page_of
from orders.rules.moves import OrderStatus
from orders.rules.words import Whereabouts, lede
from orders.storefront.again import order_again
from orders.storefront.paying import leads_to_payment
from orders.storefront.pictures import picture_of
from orders.storefront.seeing import order_for, unpaid_of
from orders.storefront.visiting import by_whom, person, placed_here
from orders.storefront.words import say, shown
from pharmacy.refusals import NotFound
from prescriptions.actions.review import answer
from prescriptions.queries.owner import OwnersDecision, decisions_for_owner, may_write, messages_of
from prescriptions.queries.requests import case_of, claimed_of
from prescriptions.queries.substitution import Replaced, replaced_for_owner

MOST_LISTED = 50
TALKING = (OrderStatus.IN_REVIEW, OrderStatus.CLARIFICATION)


@require_safe
@leads_to_payment
def order_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Where every line is, what happens next and by when."""
    order = order_for(request, reference)
    page = page_of(order)
    reviewed = order.customer_id is not None and page.is_reviewed
    decided = reviewed and any(line.settled_at for line, _way in page.lines)
    decisions = {one.request_id: one for one in decisions_for_owner(order.reference)} if decided else {}
    other = [line.supply_request_id for line, _way in page.lines if reviewed and line.pack_asked_id]
    replaced = replaced_for_owner(other) if other else {}
    refusals = [(line, decisions.get(line.supply_request_id)) for line, _way in page.lines]
    facts = {
        "order": order,
        "page": page,
        "lines": [
            _line(line, way, decisions) | _instead(line, replaced.get(line.supply_request_id))
            for line, way in page.lines
        ],
        "decisions": [(line, one) for line, one in refusals if one is not None and one.verdict == "declined"],
        "lede": say(lede(order.status, pay_by=order.pay_by, is_claimed=page.is_claimed)),
        "messages_said": list(messages_of(order.reference)) if reviewed else [],
        "may_write": reviewed and order.status in TALKING and case_of(order.reference) is not None,
        "reviewed": reviewed,
        "declined": any(one.verdict == "declined" for one in decisions.values()),
        "happened": [(one.at, _(one.text)) for one in page.happened],
        "left": request.GET.get("payment", ""),
    }
    return render(request, "orders/storefront/order.html", facts)


def _line(line: OrderLine, way: Whereabouts, decisions: dict[Any, OwnersDecision]) -> dict[str, Any]:
    decided = decisions.get(line.supply_request_id)
    note = ""
    if line.approved_packs and line.approved_packs < line.packs:
        note = _("Cleared for %(n)s of %(all)s packs.") % {"n": line.approved_packs, "all": line.packs}
        sentence = decided.sentence if decided is not None else ""
        note += " " + (sentence or _("The pharmacist cleared fewer than you asked for. Ask why below."))
    elif decided is not None and decided.verdict == "approved" and decided.sentence:
        note = decided.sentence
    count = f" × {line.packs_going or line.packs}" if line.packs > 1 else ""
    return {
        "title": f"{line.name}, {line.description}{count}".replace(" mg", "\u00a0mg"),
        "price": line.due,
        "was": line.goods if line.due_minor < line.goods_minor else None,
        "picture": picture_of(line),
        "note": note,
        "over": way.over,
        "now": say(way.now),
        "then": say(way.then),
        "stations": [
            {"label": _(one.label), "when": shown(one.when), "state": one.state, "wide": one.wide}
            for one in way.stations
        ],
    }


def _instead(line: OrderLine, replaced: Replaced | None) -> dict[str, Any]:
    """In plain words, what is supplied instead of what, and the pharmacist's own sentence."""
    if replaced is None:
        return {}
    said = _(
        "%(maker)s's %(name)s instead of %(asked)s: the same substance and strength, chosen by the pharmacist. "
        "It costs no more."
    ) % {"maker": replaced.maker, "name": line.name, "asked": replaced.asked}
    if line.approved_packs and line.approved_packs < line.packs:
        said += " " + _("Cleared for %(n)s of %(all)s packs.") % {"n": line.approved_packs, "all": line.packs}
    return {"note": f"{said} {replaced.sentence}".strip()}


@require_POST
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """Cancel while it can be."""
    order = order_for(request, reference)
    cancel_order(order, by=by_whom(request))
    messages.success(request, _("The order is cancelled. What was held on your card is released."))
    return redirect("order", reference=order.reference)


@require_POST
def write(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer the pharmacist, or write unasked."""
    order = order_for(request, reference)
    user = person(request)
    case = may_write(order.reference, user)
    if case is None or user is None:
        raise NotFound("There is nobody to write to about this order.")
    answer(case, text=request.POST.get("text", ""), by=user)
    messages.success(request, _("Sent. The pharmacist reads it next."))
    return redirect("order", reference=order.reference)


@require_POST
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Put what can be bought again into the basket."""
    return order_again(request, order_for(request, reference))


@login_required
@require_safe
def my_orders(request: HttpRequest) -> HttpResponse:
    """One's orders, newest first."""
    user = person(request)
    found = Order.objects.visible_to(request.user, placed=placed_here(request)).order_by("-placed_at")
    rows = list(found[:MOST_LISTED]) if user else []
    taken = claimed_of(one.reference for one in rows)
    listed = [(one, say(lede(one.status, pay_by=one.pay_by, is_claimed=one.reference in taken))) for one in rows]
    return render(request, "orders/storefront/orders.html", {"orders": listed, "unpaid": unpaid_of(request)})


@require_safe
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """States and dates behind a link in a letter; names and messages need the account (decision 17)."""
    order = order_behind(token)
    timezone.activate(order.site.time_zone)
    page: OrderPage = page_of(order)
    lines = [
        {
            "number": line.position,
            "now": say(way.now),
            "then": say(way.then),
            "stations": [(_(one.label), shown(one.when), one.state) for one in way.stations],
        }
        for line, way in page.lines
    ]
    said = say(lede(order.status, pay_by=order.pay_by, is_claimed=page.is_claimed))
    facts = {"order": order, "page": page, "lines": lines, "lede": said}
    return render(request, "orders/storefront/link.html", facts)
