"""What the footer of every page says: who we are, whom to call, how old our facts are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from catalog.storefront.place import here
from pharmacy.web.panels import panel


@panel("footer.who")
def who_we_are(request: HttpRequest, **_: Any) -> str:
    """The site that supplies this country, with its registration and superintendent."""
    return render_to_string("catalog/storefront/parts/who.html", {"place": here(request)})


@panel("footer.emergency")
def emergency(request: HttpRequest, **_: Any) -> str:
    """The country's numbers for the public; nothing where nobody wrote them down."""
    place = here(request)
    if place.emergency is None:
        return ""
    return render_to_string("catalog/storefront/parts/emergency.html", {"emergency": place.emergency})
