"""The front door: which face answers where."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from pharmacy import health
from pharmacy.web.admin import site

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", site.urls),
    path("account/", include("pharmacy.accounts.storefront.urls")),
    path("account/", include("allauth.urls")),
    path("api/v1/", include("pharmacy.web.api_urls")),
    path("api/v1/", include("catalog.api.urls")),
    path("api/v1/", include("prescriptions.api.urls")),
    path("api/v1/", include("orders.api.urls")),
    path("webhooks/", include("orders.api.webhook_urls")),
    path("", include("pharmacy.web.urls")),
    path("", include("orders.storefront.urls")),
    path("", include("prescriptions.storefront.urls")),
    path("", include("catalog.storefront.urls")),
]
if settings.DEMO or settings.TESTING:
    urlpatterns.append(path("dev/", include("pharmacy.web.dev_urls")))

handler400 = "pharmacy.web.errors.bad_request"
handler403 = "pharmacy.web.errors.forbidden"
handler404 = "pharmacy.web.errors.not_found"
handler429 = "pharmacy.web.errors.too_many"
handler500 = "pharmacy.web.errors.server_error"
