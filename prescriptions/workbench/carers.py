""" "Carers": who asks to act for somebody else, and the proof they sent."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_POST, require_safe

from pharmacy.accounts.queries import has_role
from pharmacy.refusals import NotFound, Refused
from pharmacy.web.workbench import workbench_page
from prescriptions.actions import carer as verbs
from prescriptions.gateways.documents import open_page
from prescriptions.models.carer import Carer
from prescriptions.models.document import DocumentPage
from prescriptions.workbench.access import REVIEW, who

REASONS = {
    "proof_unreadable": gettext_lazy("The proof can’t be read"),
    "proof_insufficient": gettext_lazy("The proof does not show it"),
    "wrong_person": gettext_lazy("About somebody else"),
    "not_needed": gettext_lazy("Not needed"),
}


@workbench_page("carers/", "carers", label=gettext_lazy("Carers"), roles=REVIEW, order=40)
@require_safe
def carers(request: HttpRequest) -> HttpResponse:
    """Requests that wait, oldest first. No name is shown before one is opened."""
    waiting = Carer.objects.filter(state="asked").order_by("asked_at")[:200]
    granted = Carer.objects.filter(state="granted").count()
    return render(request, "prescriptions/workbench/carers.html", {"waiting": list(waiting), "granted": granted})


@workbench_page("carers/<uuid:carer>/", "carer", roles=REVIEW)
@require_safe
def carer(request: HttpRequest, carer: UUID) -> HttpResponse:
    """One request with its proof. The look is recorded first."""
    found = _carer(carer)
    verbs.note_proof_look(found, by=who(request))
    facts = {
        "carer": found,
        "pages": list(found.proof.pages.all()) if found.proof else [],
        "reasons": REASONS.items(),
        "may_decide": found.state == "asked" and has_role(request.user, "pharmacist"),
    }
    return render(request, "prescriptions/workbench/carer.html", facts)


def _carer(carer: UUID) -> Carer:
    found = Carer.objects.select_related("patient__owner", "user", "proof", "reviewed_by").filter(pk=carer).first()
    if found is None or found.user is None:
        raise NotFound
    return found


@workbench_page("carers/<uuid:carer>/grant/", "carer-grant", roles=REVIEW)
@require_POST
def grant(request: HttpRequest, carer: UUID) -> HttpResponse:
    """The proof does."""
    try:
        until = dt.date.fromisoformat(request.POST.get("ends_on", ""))
    except ValueError:
        messages.error(request, _("Write the day as year, month, day: 2026-01-31."))
        return redirect("admin:carer", carer=carer)
    return _decide(request, carer, lambda one: verbs.grant_right(one, ends_on=until, by=who(request)))


@workbench_page("carers/<uuid:carer>/refuse/", "carer-refuse", roles=REVIEW)
@require_POST
def refuse(request: HttpRequest, carer: UUID) -> HttpResponse:
    """The proof does not do."""
    reason = request.POST.get("reason", "")
    return _decide(request, carer, lambda one: verbs.refuse_right(one, reason=reason, by=who(request)))


def _decide(request: HttpRequest, carer: UUID, verb: Any) -> HttpResponse:
    try:
        verb(_carer(carer))
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect("admin:carer", carer=carer)
    messages.success(request, _("Decided. They are told to sign in and read it."))
    return redirect("admin:carers")


@workbench_page("carers/<uuid:carer>/pages/<uuid:page>/", "carer-paper", roles=REVIEW)
@csp_override({"default-src": ["'none'"], "sandbox": [""]})
@require_GET
def paper(request: HttpRequest, carer: UUID, page: UUID) -> HttpResponse:
    """A page of the proof, drawn again by us."""
    found = _carer(carer)
    ready = DocumentPage.objects.filter(document=found.proof, document__state="ready", document__removed_at=None)
    sheet = ready.filter(pk=page).first()
    if sheet is None:
        raise NotFound
    verbs.note_proof_look(found, by=who(request))
    answer = HttpResponse(open_page(sheet.pk), content_type=sheet.media_type)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
