"""The second pharmacist, a colleague who takes over, and the superintendent who is called."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pharmacy.accounts.models import User
from pharmacy.refusals import NotFound, Refused
from pharmacy.web.workbench import workbench_page
from prescriptions.actions import review, second_check
from prescriptions.models.review import Case
from prescriptions.models.second_check import SecondCheck
from prescriptions.workbench.access import REVIEW, case_for, line_of
from prescriptions.workbench.case import Typed, show
from prescriptions.workbench.forms import BackForm
from prescriptions.workbench.line_verbs import packs_of
from prescriptions.workbench.verbs import act


@workbench_page("review/<str:number>/lines/<uuid:line>/second/", "line-second", roles=REVIEW)
@require_POST
def ask(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Sign as the first of two, for all packs asked for or as many as `packs` says."""
    case = case_for(request, number)
    asked = line_of(case, line)

    def verb() -> str:
        packs, seen = packs_of(request), request.POST.get("seen", "")
        second_check.ask_second_check(asked, item=asked.prescription_item, packs=packs, seen=seen, by=request.user)
        return _("Signed. A second pharmacist looks at it now.")

    return act(request, case, verb)


@workbench_page("review/<str:number>/second/<uuid:asking>/confirm/", "second-confirm", roles=REVIEW)
@require_POST
def confirm(request: HttpRequest, number: str, asking: UUID) -> HttpResponse:
    """Sign as the second pharmacist."""
    case = case_for(request, number)
    found = _asking(case, asking)

    def verb() -> str:
        second_check.confirm(found, seen=request.POST.get("seen", ""), by=request.user)
        return _("Confirmed. The line is cleared on both names.")

    return act(request, case, verb)


@workbench_page("review/<str:number>/second/<uuid:asking>/back/", "second-back", roles=REVIEW)
@require_POST
def back(request: HttpRequest, number: str, asking: UUID) -> HttpResponse:
    """Send a line back to the first pharmacist with a sentence."""
    case = case_for(request, number)
    found = _asking(case, asking)
    form = BackForm(request.POST)
    typed = Typed("back", form, str(asking))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        second_check.send_back(found, sentence=form.cleaned_data["sentence"], by=request.user)
        return _("Sent back. The case is in the queue again.")

    return act(request, case, verb, typed=typed)


def _asking(case: Case, asking: UUID) -> SecondCheck:
    found = SecondCheck.objects.filter(pk=asking, case=case).first()
    if found is None:
        raise NotFound
    return found


@workbench_page("review/<str:number>/hand-over/", "case-hand-over", roles=REVIEW)
@require_POST
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """Give the case to a named colleague and go back to the queue."""
    case = case_for(request, number)
    try:
        to = User.objects.filter(pk=UUID(request.POST.get("to", ""))).first()
    except ValueError as problem:
        raise NotFound from problem
    if to is None:
        raise NotFound
    try:
        review.hand_over(case, to=to, by=request.user)
    except Refused as refusal:
        case.refresh_from_db()
        return show(request, case, refusal=refusal)
    facts = {"number": case.number, "name": to.name or to.email}
    messages.success(request, _("Case %(number)s was handed to %(name)s.") % facts)
    return redirect("admin:review")


@workbench_page("review/<str:number>/escalate/", "case-escalate", roles=REVIEW)
@require_POST
def escalate(request: HttpRequest, number: str) -> HttpResponse:
    """Call the superintendent."""
    case = case_for(request, number)

    def verb() -> str:
        review.escalate(case, by=request.user)
        return _("The superintendent is told.")

    return act(request, case, verb)
