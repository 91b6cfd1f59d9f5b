"""Headers that every page of ours carries, beside those of Django's SecurityMiddleware and CSP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

# The camera reads prescriptions and DataMatrix codes; passkeys need publickey-credentials. Nothing else is asked for.
PERMISSIONS: Final = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(self), display-capture=(), "
    "geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), "
    "payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), serial=(), usb=()"
)


class PageHeaders:
    """Permissions-Policy on everything; `no-store` on what a signed-in person or a partner sees; private unindexed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add headers on the way out; a view's own Cache-Control stays only if it is stricter."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        pace = getattr(request, "pace", None)  # of a partner's key
        for name, value in pace.headers().items() if pace is not None else ():
            response.headers[name] = value
        user = getattr(request, "user", None)
        private = request.path.startswith(
            ("/account/", "/admin/", "/checkout/", "/orders/", "/o/", "/rx/", "/basket/", "/pay/")
        )
        if private or request.path.startswith(("/api/", "/dev/", "/webhooks/", "/ask/")):
            response.headers.setdefault("X-Robots-Tag", "noindex")
        if request.path.startswith("/api/"):
            # What a view says of its answers stays: those of the catalogue may be kept and asked about by their ETag.
            response.headers.setdefault("Cache-Control", "no-store, private")
        elif private or (user is not None and user.is_authenticated):
            response.headers["Cache-Control"] = "no-store, private"
        return response
