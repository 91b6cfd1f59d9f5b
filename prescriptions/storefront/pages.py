"""What a customer sees of their own record: prescriptions, files, and who looked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from catalog.queries.law import rule_sources
from pharmacy.clock import today
from pharmacy.refusals import NotFound
from prescriptions.gateways.documents import open_page
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.queries.looks import MOST, looks_at
from prescriptions.queries.owner import document_of, files_of, last_supplies, prescriptions_of
from prescriptions.rules.quantities import left_in_all
from prescriptions.rules.run_out import run_out

STATES: Final = {
    "submitted": ("note", _("A pharmacist still reads it")),
    "clarification": ("caution", _("A pharmacist has a question about it")),
    "verified": ("ok", _("Checked by a pharmacist")),
    "exhausted": ("note", _("Everything on it was supplied")),
    "rejected": ("stop", _("Not accepted")),
    "expired": ("note", _("Expired")),
    "revoked": ("stop", _("Revoked by its prescriber")),
}
LOOKS: Final = {
    "patient": _("opened the case with your record"),
    "case": _("opened your case"),
    "document": _("looked at a prescription file"),
    "prescription": _("read a prescription"),
    "question": _("read a question of yours"),
}
ROLES: Final = {"pharmacist": _("Pharmacist"), "superintendent": _("Superintendent pharmacist")}


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One medicine on a prescription: what is left of it, and when the last supply is used up if that is plain."""

    item: PrescriptionItem
    left: Any
    run_out: dt.date | None


@login_required
@require_safe
def my_prescriptions(request: HttpRequest) -> HttpResponse:
    """ "Prescriptions": what each allows, what is left of it, the files sent."""
    papers = list(prescriptions_of(request.user))
    sources = rule_sources(paper.validity_rule for paper in papers)
    for paper in papers:
        paper.rule = sources.get(paper.validity_rule)  # type: ignore[attr-defined]  # for the page alone
    items = [item for paper in papers for item in paper.items.all()]
    last = last_supplies(item.pk for item in items)
    shown = [(paper, *_state(paper), [_item(item, last) for item in paper.items.all()]) for paper in papers]
    facts = {"prescriptions": shown, "papers": list(files_of(request.user)[:100]), "here": "/account/prescriptions/"}
    return render(request, "prescriptions/storefront/prescriptions.html", facts)


def _state(paper: Prescription) -> tuple[str, Any]:
    over = paper.valid_until is not None and paper.valid_until < today()
    return STATES["expired" if over and paper.status in ("submitted", "clarification", "verified") else paper.status]


def _item(item: PrescriptionItem, last: dict[UUID, tuple[dt.datetime, Any]]) -> ShownItem:
    left = left_in_all(item.quantity, item.repeats, item.supplied_units)
    used = last.get(item.pk)
    ends = run_out(item.dose_text, used[1], since=used[0].date()) if used else None
    return ShownItem(item, left, ends)


@login_required
@require_safe
def my_looks(request: HttpRequest) -> HttpResponse:
    """Who looked at one's record, newest first."""
    looks = [(look, LOOKS[look.what], ROLES.get(look.role, "")) for look in looks_at(request.user)]
    facts = {"looks": looks, "most": MOST}
    return render(request, "prescriptions/storefront/looks.html", facts)


@login_required
@require_safe
def document_page(request: HttpRequest, document: UUID, page: int) -> HttpResponse:
    """One page of one's own file, drawn by us. 404 for anybody else; never kept by a browser or a proxy."""
    found = document_of(request.user, document)
    drawn = found.pages.filter(number=page).first() if found is not None and found.state == "ready" else None
    if drawn is None:
        raise NotFound
    answer = HttpResponse(open_page(drawn.pk), content_type=drawn.media_type)
    answer.headers["Content-Disposition"] = f'inline; filename="prescription-{page}.jpg"'
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
