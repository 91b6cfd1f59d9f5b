"""What the footer of every page says: who we are, whom to call, how old our facts are."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from catalog.queries.product import ProductPage
from catalog.storefront import guide_panels  # noqa: F401  (registers itself)
from catalog.storefront.place import here
from pharmacy.web.panels import panel


@panel("footer.who")
def who_we_are(request: HttpRequest, **_: Any) -> str:
    """The site that supplies this country, with its registration and superintendent."""
    return render_to_string("catalog/storefront/parts/who.html", {"place": here(request), "name": settings.SITE_NAME})


@panel("footer.emergency")
def emergency(request: HttpRequest, **_: Any) -> str:
    """The country's numbers for the public; where nobody wrote them down, what is right anywhere."""
    return render_to_string("catalog/storefront/parts/emergency.html", {"emergency": here(request).emergency})


@panel("product.safety", order=200)
def check_with_others(request: HttpRequest, product: ProductPage, **_: Any) -> str:
    """The way from a medicine to "Check interactions"; by POST, since it says what somebody takes."""
    if product.kind != "medicine" or not product.ingredients:
        return ""
    # Without the request: a panel of every product's page needs the form's token and nothing else of a page's frame.
    facts = {"names": [each.name for each in product.ingredients], "csrf_token": get_token(request)}
    return render_to_string("catalog/storefront/parts/check_with.html", facts)
