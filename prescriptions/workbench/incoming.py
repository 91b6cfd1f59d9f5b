""" "Incoming": electronic prescriptions that a person has to read, and prescribers whom nobody has looked up yet."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pharmacy.accounts.queries import has_role
from pharmacy.refusals import NotFound, Refused
from pharmacy.web.workbench import workbench_page
from prescriptions.actions.electronic import note_staff_look, settle
from prescriptions.actions.prescriber_link import record_look_up
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.models.prescription import Prescriber
from prescriptions.queries.links import papers_for_a_person, prescribers_to_verify
from prescriptions.queries.papers import same_prescriptions
from prescriptions.rules.registers import BY_CODE
from prescriptions.workbench.access import REVIEW, who

REASONS = {
    "unreadable": gettext_lazy("Could not be read"),
    "not_genuine": gettext_lazy("Not confirmed as genuine"),
    "incomplete": gettext_lazy("Something the law asks for is missing"),
    "expired": gettext_lazy("Had run out"),
    "duplicate": gettext_lazy("Sent before"),
}


@workbench_page("incoming/", "incoming", label=gettext_lazy("Incoming"), roles=REVIEW, order=30)
@require_safe
def incoming(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first. No patient and no medicine is named before one is opened."""
    writers = [(one, BY_CODE.get(one.register)) for one in prescribers_to_verify()]
    facts = {"papers": list(papers_for_a_person()), "writers": writers}
    return render(
        request, "prescriptions/workbench/incoming.html", facts | {"may": has_role(request.user, "pharmacist")}
    )


@workbench_page("incoming/<uuid:paper>/", "incoming-paper", roles=REVIEW)
@require_safe
def incoming_paper(request: HttpRequest, paper: UUID) -> HttpResponse:
    """One electronic prescription: what was understood, each fault with its path, and the words as they came."""
    found = _paper(paper)
    note_staff_look(found, by=who(request))
    made = found.prescription
    facts = {
        "paper": found,
        "faults": json.loads(found.faults or "[]"),
        "made": made,
        "items": list(made.items.all()) if made is not None else [],
        "same": same_prescriptions(made) if made is not None else [],
        "body": _readable(found.body),
        "reasons": REASONS.items(),
        "may_settle": found.state == "for_a_person" and has_role(request.user, "pharmacist"),
    }
    return render(request, "prescriptions/workbench/incoming_paper.html", facts)


@workbench_page("incoming/<uuid:paper>/settle/", "incoming-settle", roles=REVIEW)
@require_POST
def settle_paper(request: HttpRequest, paper: UUID) -> HttpResponse:
    """Dealt with, or refused with a coded reason."""
    try:
        settle(_paper(paper), reason=request.POST.get("reason", ""), by=who(request))
        messages.success(request, _("Done."))
    except Refused as refusal:
        messages.error(request, refusal.detail or str(refusal.title))
    return redirect("admin:incoming")


@workbench_page("incoming/prescribers/<uuid:prescriber>/", "incoming-look-up", roles=REVIEW)
@require_POST
def look_up(request: HttpRequest, prescriber: UUID) -> HttpResponse:
    """Record a register look-up: where, found or not. A right check digit is none."""
    found = Prescriber.objects.filter(pk=prescriber).first()
    if found is None:
        raise NotFound
    given = request.POST
    try:
        record_look_up(
            found, where=given.get("where", ""), found=given.get("found") == "yes", note=given.get("note", ""),
            by=who(request),
        )  # fmt: skip
        messages.success(request, _("The look-up is recorded."))
    except Refused as refusal:
        messages.error(request, refusal.detail or str(refusal.title))
    return redirect("admin:incoming")


def _paper(paper: UUID) -> ElectronicPaper:
    joined = ("partner", "prescription__patient", "prescription__prescriber", "settled_by")
    found = ElectronicPaper.objects.select_related(*joined).filter(pk=paper).first()
    if found is None:
        raise NotFound
    return found


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
