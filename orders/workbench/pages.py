"""The dispensing bench and the payments that need somebody."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.actions.dispatch import hand_over
from orders.actions.dispensing import dispense, pack
from orders.actions.payment import ask_release_again
from orders.models.order import Order
from orders.models.payment import Payment
from orders.queries.bench import MOST, flagged_entries, payments_needing_somebody, pick_list, to_dispense
from orders.tasks.payment import capture_order, sync_payment
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import sites_of
from pharmacy.clock import today
from pharmacy.refusals import NotFound, Refused, Unreachable
from pharmacy.web.workbench import workbench_page
from prescriptions.queries.requests import case_of

DISPENSING: Final = ("dispenser", "pharmacist", "superintendent")
MONEY: Final = ("support", "superintendent", "operator")
WHY_LOT: Final = {
    "bound": gettext_lazy("bound to this order"),
    "expires-first": gettext_lazy("expires first"),
    "next": gettext_lazy("the lot before it did not hold enough"),
    "recalled": gettext_lazy("recalled"),
    "held": gettext_lazy("held"),
    "quarantined": gettext_lazy("quarantined"),
    "expires-too-soon": gettext_lazy("expires too soon"),
}
WHY_PAYMENT: Final = {
    "capture-failed": gettext_lazy("The card could not be charged; the box waits."),
    "hold-ends-soon": gettext_lazy("The hold ends within a day."),
    "hold-lapsed": gettext_lazy("The hold has lapsed; the customer must pay again."),
    "stray": gettext_lazy("Money was held twice; the older hold is being released."),
    "refund-failed": gettext_lazy(
        "The customer's bank sent a refund back; it is owed still. Looking again repeats it."
    ),
    "differs": gettext_lazy("The provider's books say something else."),
}


def _sites(request: HttpRequest, roles: tuple[str, ...]) -> set[str] | None:
    codes = sites_of(request.user, *roles)
    return None if "*" in codes else codes


def _order(request: HttpRequest, reference: str) -> Order:
    visible = Order.objects.at_sites(_sites(request, DISPENSING)).select_related("site", "lane")
    found = visible.filter(reference=reference).first()
    if found is None:
        raise NotFound("There is no such order.")
    return found


@workbench_page("dispensing/", "dispensing", label=gettext_lazy("Dispensing"), roles=DISPENSING, order=30)
@require_safe
def dispensing_list(request: HttpRequest) -> HttpResponse:
    """Orders to pick, pack and hand over, oldest promise first."""
    orders = list(to_dispense(_sites(request, DISPENSING))[:MOST])
    return render(request, "orders/workbench/dispensing.html", {"orders": [(one, _state(one)) for one in orders]})


def _state(order: Order) -> str:
    parcel = next(iter(order.parcels.all()), None)
    if order.status == "approved":
        return _("To dispense")
    if parcel is None:
        return _("To pack")
    if parcel.status == "labelled":
        return _("To hand over")
    failed = any(one.attention == "capture-failed" for one in order.payments.all())
    return _("The card was refused") if failed else _("Being charged and labelled")


@workbench_page("dispensing/<str:reference>/", "dispensing-order", roles=DISPENSING)
@require_http_methods(["GET", "HEAD", "POST"])
def dispensing_order(request: HttpRequest, reference: str) -> HttpResponse:
    """One order on the bench: pick list by lot, and the verb that comes next."""
    order = _order(request, reference)
    if request.method == "POST":
        _do(request, order, request.POST.get("verb", ""))
        return redirect("admin:dispensing-order", reference=reference)
    lines = []
    for one in pick_list(order, today=today()):
        passed = [(number, WHY_LOT.get(why, why)) for number, why in one.passed_over]
        lines.append((one, [(pick, WHY_LOT[pick.why]) for pick in one.picks], passed))
    parcel = order.parcels.order_by("-packed_at").first()
    payment = order.payments.order_by("-attempt").first()
    facts = {"order": order, "lines": lines, "parcel": parcel, "payment": payment, "state": _state(order)}
    facts["case"] = case_of(order.reference)
    return render(request, "orders/workbench/order.html", facts)


def _do(request: HttpRequest, order: Order, verb: str) -> None:
    """One verb; a refusal is said on the page, nothing is half done."""
    by = request.user
    assert isinstance(by, User)  # the site lets nobody else in
    try:
        if verb == "dispense":
            dispense(order, by=by)
            messages.success(request, _("Dispensed. Put the items together and pack them."))
        elif verb == "pack":
            pack(order, by=by)
            messages.success(request, _("Packed. The card is charged and the carrier booked."))
        elif verb == "hand-over":
            parcel = order.parcels.order_by("-packed_at").first()
            if parcel is not None:
                hand_over(parcel, by=by)
                messages.success(request, _("Handed over. The customer is told."))
    except Refused as refusal:
        messages.error(request, refusal.detail)


@workbench_page("payments/", "payments", label=gettext_lazy("Payments"), roles=MONEY, order=60)
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """Payments that need somebody, and work that failed too often."""
    rows = [
        (one, WHY_PAYMENT.get(one.attention, one.attention))
        for one in payments_needing_somebody(_sites(request, MONEY))[:MOST]
    ]
    return render(request, "orders/workbench/payments.html", {"payments": rows, "flagged": flagged_entries()[:MOST]})


@workbench_page("payments/<str:reference>/look/", "payment-look", roles=MONEY)
@require_POST
def look_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the provider how a payment stands; a refused capture is tried once more."""
    payment = Payment.objects.select_related("order__site").filter(reference=reference).first()
    codes = _sites(request, MONEY)
    if payment is None or (codes is not None and payment.order.site.code not in codes):
        raise NotFound("There is no such payment.")
    try:
        sync_payment(payment, by=request.user)
        if payment.attention == "capture-failed":
            capture_order(payment.order, by="job:capture")
        elif payment.attention == "refund-failed":
            ask_release_again(payment, by=request.user)
        messages.success(request, _("Looked up."))
    except Unreachable:
        messages.error(request, _("The provider does not answer; try again in a minute."))
    return redirect("admin:payments")
