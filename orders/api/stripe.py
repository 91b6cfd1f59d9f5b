"""Stripe tells us that something happened: verify, take note, answer. What is so is looked up afterwards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.actions.payment import hear_from_stripe
from orders.gateways import stripe_gateway

MOST_BYTES = 512 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 once it is noted (again: 200, no second effect); 400 when Stripe did not sign it."""
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return JsonResponse({"code": "too-large"}, status=413)
    try:
        news = stripe_gateway.verify_webhook(request.body, request.headers.get("Stripe-Signature", ""))
    except stripe_gateway.BadSignature as refusal:
        return JsonResponse({"code": refusal.code}, status=refusal.status)
    hear_from_stripe(
        event_id=news.event_id, kind=news.kind, object_id=news.intent_id or news.object_id, reference=news.reference
    )
    return JsonResponse({"noted": True})
