"""Leaving for the hosted payment page, and coming back from it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csp import get_nonce
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.csp import CSP, build_policy
from django.views.decorators.http import require_POST, require_safe

from orders.actions.paying_again import retry_payment
from orders.models.order import Order
from orders.models.payment import Payment
from orders.storefront.seeing import order_for
from orders.storefront.visiting import by_whom
from orders.tasks.payment import start_payment, sync_payment
from pharmacy.refusals import NotFound, NotPossible, Refused, Unreachable


def leads_to_payment[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """The page's form ends at the payment page: its origin stands in form-action, or browsers stop the redirect."""

    @wraps(view)
    def with_policy(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        policy = settings.SECURE_CSP | {"form-action": [CSP.SELF, settings.STRIPE_PAGE_ORIGIN]}
        request = args[0]
        response.headers[str(CSP.HEADER_ENFORCE)] = build_policy(policy, get_nonce(request))  # type: ignore[arg-type]  # the first argument of a view
        return response

    return with_policy


def to_payment(order: Order, payment: Payment | None = None) -> HttpResponse:
    """Off to the hosted page; when it can't be opened now, to the order's page, which offers it again."""
    there = reverse("order", args=[order.reference])
    payment = payment or order.payments.order_by("-attempt").first()
    if payment is not None and payment.provider == "stripe":
        payment.order = order
        try:
            there = start_payment(payment)
        except (Refused, Unreachable):
            there += "?payment=later"
    return HttpResponseRedirect(there, status=303)


@require_POST
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Pay, or try another card: the page that is still open, or a new attempt."""
    order = order_for(request, reference)
    payment = retry_payment(order, by=by_whom(request))
    payment.order = order
    try:
        return HttpResponseRedirect(start_payment(payment), status=303)
    except NotPossible:
        # The page had closed and the state was brought up to date: one more attempt, or nothing left to pay.
        order.refresh_from_db()
        try:
            return to_payment(order, retry_payment(order, by=by_whom(request)))
        except Refused:
            return redirect("order", reference=order.reference)
    except Unreachable:
        return redirect(reverse("order", args=[order.reference]) + "?payment=later")


@require_safe
def came_back(request: HttpRequest) -> HttpResponse:
    """From the payment page: look at the present state, then show the order. The browser's word counts for nothing."""
    found = Payment.objects.select_related("order").filter(reference=request.GET.get("payment", "")).first()
    if found is None:
        raise NotFound("There is no such payment.")
    order = order_for(request, found.order.reference)
    with suppress(Unreachable):  # then the webhook or the reconciler brings the news
        sync_payment(found, by="job:return_page")
    return redirect("order", reference=order.reference)
