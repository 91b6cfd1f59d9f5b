"""What is done with a case as a whole: claim, give back, keep, ask, reply. Each is one POST and back to the page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pharmacy.refusals import NotFound, Overtaken, Refused
from pharmacy.web.words import clock_text
from pharmacy.web.workbench import workbench_page
from prescriptions.actions import review
from prescriptions.actions.checks import ChecksChanged, look_again
from prescriptions.models.review import Case
from prescriptions.queries.evidence import seen_now
from prescriptions.workbench.access import REVIEW, case_for, stay
from prescriptions.workbench.case import Typed, show
from prescriptions.workbench.forms import NoteForm


def refuse_if_overtaken(request: HttpRequest, case: Case) -> None:
    """Raises Overtaken when the page that was sent shows something older than what is so now."""
    if request.POST.get("seen", "") != seen_now(case):
        raise Overtaken(_("Something changed since you opened the case. Please look again."))


def act(request: HttpRequest, case: Case, verb: Callable[[], str], *, typed: Typed | None = None) -> HttpResponse:
    """Do it and go back to the page with a word about it; a refusal shows the page again with its reason."""
    stay(request, case)
    try:
        said = verb()
    except NotFound:
        raise
    except Refused as refusal:
        if isinstance(refusal, ChecksChanged):
            look_again(case, by=request.user)  # the refusal took back what ran; the page shows what is so now
        case.refresh_from_db()
        return show(request, case, typed=typed, refusal=refusal)
    messages.success(request, said)
    return redirect("admin:case", number=case.number)


@workbench_page("review/<str:number>/claim/", "case-claim", roles=REVIEW)
@require_POST
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """Take the case."""
    case = case_for(request, number)

    def verb() -> str:
        review.claim(case, by=request.user)
        return _("This case is yours.")

    return act(request, case, verb)


@workbench_page("review/<str:number>/release/", "case-release", roles=REVIEW)
@require_POST
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Give the case back and go to the queue."""
    case = case_for(request, number)
    try:
        review.release_claim(case, by=request.user)
    except Refused as refusal:
        case.refresh_from_db()
        return show(request, case, refusal=refusal)
    messages.success(request, _("Case %(number)s is back in the queue.") % {"number": case.number})
    return redirect("admin:review")


@workbench_page("review/<str:number>/renew/", "case-renew", roles=REVIEW)
@require_POST
def renew(request: HttpRequest, number: str) -> HttpResponse:
    """Keep the claim while somebody works; answers with the words beside the clock."""
    case = case_for(request, number)
    try:
        until = review.renew(case, by=request.user)
    except Refused as refusal:
        return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain; charset=utf-8")
    with timezone.override(case.site.time_zone):
        text = _("Claim kept until %(until)s, renewed as you work") % {"until": clock_text(until)}
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@workbench_page("review/<str:number>/ask/", "case-ask", roles=REVIEW)
@require_POST
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the patient; the case waits for the answer and its clock stands still."""
    return _write(request, number, panel="ask")


@workbench_page("review/<str:number>/reply/", "case-reply", roles=REVIEW)
@require_POST
def reply(request: HttpRequest, number: str) -> HttpResponse:
    """Write to the patient without waiting for an answer."""
    return _write(request, number, panel="reply")


def _write(request: HttpRequest, number: str, *, panel: str) -> HttpResponse:
    case = case_for(request, number)
    form = NoteForm(request.POST)
    typed = Typed(panel, form, request.POST.get("line", ""))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        refuse_if_overtaken(request, case)
        if panel == "ask":
            review.ask_patient(case, text=form.cleaned_data["note"], by=request.user)
            return _("Asked. The case waits for the patient and its clock stands still.")
        review.reply(case, text=form.cleaned_data["note"], by=request.user)
        return _("Sent to the patient.")

    return act(request, case, verb, typed=typed)
