"""The visitor's country, read once a request."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from catalog.models.site import Site
from catalog.queries.place import Place, place_of
from catalog.rules.promise import likely_day
from catalog.rules.supply import SupplyClass
from pharmacy.web.keeping import stands_for
from pharmacy.web.visitor import country_of

# Pages show nothing of a site but its own fields.
stands_for(Site, lambda site: tuple(getattr(site, field.attname) for field in Site._meta.concrete_fields))
stands_for(SupplyClass, lambda one: (one.value,))
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def here(request: HttpRequest) -> Place:
    """The country chosen, its site, profile and numbers; one statement a request."""
    found: Place | None = getattr(request, "_place", None)
    if found is None:
        found = place_of(country_of(request))
        request._place = found  # type: ignore[attr-defined]  # kept for the footer of the same page
    return found


def promised(place: Place) -> date | None:
    """The day a parcel ordered now is usually there, or None where nobody serves the country."""
    if place.site is None:
        return None
    return likely_day(timezone.now(), time_zone=place.site.time_zone, country=place.country)


def is_open(place: Place, now: datetime | None = None) -> bool:
    """Whether the site's opening hours say it is open now, in its own time zone."""
    if place.site is None:
        return False
    local = (now or timezone.now()).astimezone(ZoneInfo(place.site.time_zone))
    clock = f"{local:%H:%M}"
    return any(start <= clock < end for start, end in place.site.opening_hours.get(_DAYS[local.weekday()], []))
