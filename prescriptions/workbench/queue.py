"""The review queue, "Claim next", and what the front page of the workbench says about them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog.models.site import Site
from pharmacy.accounts.queries import has_role, sites_of
from pharmacy.refusals import Refused
from pharmacy.web.panels import panel
from pharmacy.web.workbench import workbench_page
from prescriptions.actions.review import claim_next
from prescriptions.queries.queue import FILTERS, review_queue
from prescriptions.workbench.access import REVIEW, may_decide, sites_for, who

ALWAYS = ("all", "mine", "late", "answered", "waiting")


def _chosen(request: HttpRequest, sites: list[Site]) -> Site | None:
    wanted = request.GET.get("site", "")
    return next((site for site in sites if site.code == wanted), sites[0] if sites else None)


@workbench_page("review/", "review", label=gettext_lazy("Review queue"), roles=REVIEW, order=10)
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """Open cases of a site, most urgent first; asked again every 15 seconds. No patient and no medicine is named."""
    user = who(request)
    sites = sites_for(user)
    site = _chosen(request, sites)
    if site is None:
        return render(request, "prescriptions/workbench/no_site.html")
    show = request.GET.get("show", "all") if request.GET.get("show") in FILTERS else "all"
    text = request.GET.get("q", "")[:60]
    queue = review_queue(site, user=user, show=show, text=text)
    facts = {
        "site": site,
        "sites": sites,
        "queue": queue,
        "show": show,
        "text": text,
        "chips": [(name, FILTERS[name], n) for name, n in queue.counts.items() if n or name in ALWAYS],
        "may_claim": may_decide(user, site),
    }
    name = "live" if getattr(request, "htmx", False) else "queue"
    with timezone.override(site.time_zone):
        return render(request, f"prescriptions/workbench/{name}.html", facts)


@workbench_page("review/next/", "review-next", roles=REVIEW)
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent free case and open it; when none is free the queue says so."""
    try:
        case = claim_next(request.POST.get("site", ""), by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.detail)
        return redirect("admin:review")
    return redirect("admin:case", number=case.number)


@panel("workbench.home", order=10)
def reviews_today(request: HttpRequest, **facts: Any) -> str:
    """Waiting, oldest and within promise, for those who review."""
    user = request.user
    if not any(has_role(user, role) for role in REVIEW) or not sites_of(user, *REVIEW):
        return ""
    sites = sites_for(who(request))
    if not sites:
        return ""
    queue = review_queue(sites[0], user=user)
    shown = {"site": sites[0], "figures": queue.figures, "may_claim": may_decide(who(request), sites[0])}
    return render_to_string("prescriptions/workbench/home.html", shown, request)
