"""Whose clock a customer's page goes by: the site that serves the visitor's country.

A page about one order or question goes on by its own site's: `timezone.activate`, undone here when the request ends.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from catalog.storefront.place import here

# The pages of a customer on which moments stand. What the public reads names days, which the promise works out itself.
PAGES = ("/account/", "/orders/", "/o/", "/basket/", "/checkout/", "/pay/", "/ask/", "/rx/", "/prescriptions/")


class SiteTime:
    """Middleware: every moment on a customer's page is in a site's time zone; a request leaves none behind it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go by the clock of the site that serves the visitor's country."""
        if not request.path.startswith(PAGES):
            return self.get_response(request)
        with timezone.override(None):
            try:
                site = here(request).site
            except DatabaseError:  # the page itself will say that nothing answers
                site = None
            if site is not None:
                timezone.activate(site.time_zone)
            return self.get_response(request)
