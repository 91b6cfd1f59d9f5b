"""The one client of the SDK, and its errors turned into ours."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

from orders.gateways.stripe_gateway.answers import CardDeclined, NotKnown, ProviderRefused
from pharmacy.refusals import Unreachable

if TYPE_CHECKING:
    import stripe

TIMEOUT = 10
"""Seconds that one try may take; the SDK tries twice more with the same key."""


def client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@functools.lru_cache(maxsize=4)
def _client_for(key: str, base: str) -> stripe.StripeClient:
    """One client for each process: it keeps its connections. Imported here because the SDK takes a second to load."""
    import stripe

    stripe.enable_telemetry = False
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


@contextmanager
def asking() -> Iterator[None]:
    """Turn the SDK's errors into ours. Stripe's texts stay behind: they may hold what has no business in our logs."""
    import stripe

    try:
        yield
    except stripe.CardError as error:
        raise CardDeclined(reason=_decline_of(error), request=error.request_id or "") from None
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise NotKnown(request=error.request_id or "") from None
        raise ProviderRefused(reason=error.code or error.param or "", request=error.request_id or "") from None
    except stripe.IdempotencyError as error:
        raise ProviderRefused(
            "The key was used for another request.", reason="idempotency", request=error.request_id or ""
        ) from None
    except stripe.StripeError as error:
        # A wrong key, too, is ours to mend and theirs to accept later: nothing is lost by asking again.
        raise Unreachable(
            f"Stripe: {type(error).__name__}, status {error.http_status}, request {error.request_id}"
        ) from None


def _decline_of(error: stripe.CardError) -> str:
    return str(getattr(error.error, "decline_code", None) or error.code or "card_declined")
