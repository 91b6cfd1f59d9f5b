"""Put what runs out back in the basket: the button of "Repeats". Nothing is ordered until the customer places it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.actions.basket import CannotBeBought, ImpossibleQuantity, put_in
from orders.storefront.visiting import by_whom, remember, some_basket
from orders.storefront.words import why_blocked
from pharmacy.clock import today
from pharmacy.refusals import NotFound
from prescriptions.queries.refills import packs_to_repeat


@login_required
@require_POST
def repeat(request: HttpRequest) -> HttpResponse:
    """Each item as it was supplied last, as a line that asks; what can't be had now is said."""
    packs = packs_to_repeat(request.user, _ids(request), on=today())
    if not packs:
        messages.error(request, _("None of this can be ordered again now."))
        return redirect("repeats")
    basket = some_basket(request)
    held = set(basket.lines.values_list("pack_id", flat=True))
    count = sum(basket.lines.values_list("quantity", flat=True))
    for pack_id, quantity in packs:
        if pack_id in held:
            continue  # pressed twice: once is enough
        try:
            count = put_in(basket, pack_id=pack_id, quantity=quantity, wants="request", by=by_whom(request))
        except (CannotBeBought, ImpossibleQuantity) as refusal:
            reason = str(refusal.facts.get("reason", ""))
            messages.error(request, why_blocked(reason) if reason else refusal.detail)
    response = redirect("basket")
    remember(response, basket, count=count)
    return response


def _ids(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist("item")[:40]]
    except ValueError as problem:
        raise NotFound from problem
