"""What we promise and how we keep it, in figures that anybody may read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from pharmacy.web.panels import panel
from pharmacy.web.visitor import country_of
from prescriptions.queries.figures import FEW, service_figures
from prescriptions.rules.clock import ACUTE, PROMISE


@require_safe
def service(request: HttpRequest) -> HttpResponse:
    """The promise and the live figures of every site."""
    facts = {
        "figures": service_figures(),
        "few": FEW,
        "promise": int(PROMISE.total_seconds() // 3600),
        "acute": int(ACUTE.total_seconds() // 3600),
    }
    return render(request, "prescriptions/storefront/service.html", facts)


@panel("home.live", order=10)
def review_time(request: HttpRequest, **facts: Any) -> str:
    """How long a pharmacist takes at the moment, for the home page."""
    figures = service_figures()
    mine = next((one for one in figures if one.country == country_of(request)), None)
    return render_to_string("prescriptions/storefront/review_time.html", {"figure": mine}, request) if mine else ""
