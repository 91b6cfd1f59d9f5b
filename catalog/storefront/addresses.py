"""Addresses that were: a renamed product's page is found at its old address, by a permanent redirect."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect

from catalog.models.address import FormerAddress
from catalog.storefront.cards import product_url


def moved(request: HttpRequest, slug: str, rest: str = "") -> HttpResponsePermanentRedirect:
    """The redirect to where the product of a former address is now, its query kept. Raises Http404."""
    now = FormerAddress.objects.filter(slug=slug).values_list("product__slug", flat=True).first()
    if now is None:
        raise Http404
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{product_url(now)}{rest}{'?' + query if query else ''}")
