"""What is done with one line: write it down, approve all or less, decline; and a check done by hand."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pharmacy.refusals import NotFound, NotPossible
from pharmacy.web.workbench import workbench_page
from prescriptions.actions import clinical_check, prescription, substitution
from prescriptions.actions.checks import check_by_hand
from prescriptions.actions.substitution import Chosen
from prescriptions.models.checks import Check
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.workbench.access import REVIEW, case_for, line_of
from prescriptions.workbench.case import Typed, show
from prescriptions.workbench.forms import DeclineForm, HandForm, SubstituteForm, TranscriptionForm
from prescriptions.workbench.verbs import act, refuse_if_overtaken


@workbench_page("review/<str:number>/lines/<uuid:line>/transcribe/", "line-transcribe", roles=REVIEW)
@require_POST
def transcribe(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Write down what the paper says about this line; the checks run again."""
    case = case_for(request, number)
    asked = line_of(case, line)
    form = TranscriptionForm(request.POST)
    typed = Typed("transcribe", form, str(line))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        refuse_if_overtaken(request, case)
        prescription.transcribe(asked, fields=form.as_facts(), by=request.user)
        return _("Written down. The checks ran again.")

    return act(request, case, verb, typed=typed)


@workbench_page("review/<str:number>/lines/<uuid:line>/use/", "line-use", roles=REVIEW)
@require_POST
def use_item(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Ask the line on an item of this patient that was written down before."""
    case = case_for(request, number)
    asked = line_of(case, line)
    try:
        chosen = UUID(request.POST.get("item", ""))
    except ValueError as problem:
        raise NotFound from problem
    mine = PrescriptionItem.objects.select_related("prescription").filter(prescription__patient=asked.patient_id)
    item = mine.filter(pk=chosen).first() if asked.patient_id else None
    if item is None:
        raise NotFound

    def verb() -> str:
        refuse_if_overtaken(request, case)
        prescription.use_item(asked, item=item, by=request.user)
        return _("Asked on the earlier prescription. The checks ran again.")

    return act(request, case, verb)


def packs_of(request: HttpRequest) -> int | None:
    """How many packs were chosen; None for all of them. Raises NotPossible."""
    text = request.POST.get("packs", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 6):
        raise NotPossible(_("The number of packs can't be read."))
    return int(text) if text else None


@workbench_page("review/<str:number>/lines/<uuid:line>/approve/", "line-approve", roles=REVIEW)
@require_POST
def approve(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Approve all packs asked for, or as many as `packs` says."""
    case = case_for(request, number)
    asked = line_of(case, line)

    def verb() -> str:
        packs = packs_of(request)
        clinical_check.approve(
            asked, item=asked.prescription_item, packs=packs, seen=request.POST.get("seen", ""), by=request.user
        )
        return _("Approved.") if packs is None else _("Approved: %(packs)s of %(asked)s packs.") % {
            "packs": packs, "asked": asked.packs_asked,
        }  # fmt: skip

    return act(request, case, verb)


@workbench_page("review/<str:number>/lines/<uuid:line>/decline/", "line-decline", roles=REVIEW)
@require_POST
def decline(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Refuse the line with one coded reason and a sentence to the patient."""
    case = case_for(request, number)
    asked = line_of(case, line)
    form = DeclineForm(request.POST)
    typed = Typed("decline", form, str(line))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        told = {"code": form.cleaned_data["reason"], "sentence": form.cleaned_data["note"]}
        clinical_check.decline(asked, **told, seen=request.POST.get("seen", ""), by=request.user)
        return _("Declined. The patient reads your note, and what was held for this line is released.")

    return act(request, case, verb, typed=typed)


@workbench_page("review/<str:number>/lines/<uuid:line>/substitute/", "line-substitute", roles=REVIEW)
@require_POST
def substitute(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Put an equivalent pack on the line; the checks run again and the line still waits."""
    case = case_for(request, number)
    asked = line_of(case, line)
    form = SubstituteForm(request.POST)
    typed = Typed("substitute", form, str(line))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        told = form.cleaned_data
        chosen = Chosen(told["pack"], reason=told["reason"], sentence=told["note"])
        substitution.substitute(asked, chosen=chosen, seen=request.POST.get("seen", ""), by=request.user)
        return _("The line has another pack now. The checks ran again; approve it when they say so.")

    return act(request, case, verb, typed=typed)


@workbench_page("review/<str:number>/checks/<uuid:check>/", "case-hand", roles=REVIEW)
@require_POST
def by_hand(request: HttpRequest, number: str, check: UUID) -> HttpResponse:
    """Write down a pharmacist's own check where the rule did not run."""
    case = case_for(request, number)
    run = Check.objects.select_related("case__site").filter(pk=check, case=case).first()
    if run is None:
        raise NotFound
    form = HandForm(request.POST)
    typed = Typed("hand", form, str(check))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        refuse_if_overtaken(request, case)
        check_by_hand(run, **form.cleaned_data, by=request.user)
        return _("Your own check is written down.")

    return act(request, case, verb, typed=typed)
