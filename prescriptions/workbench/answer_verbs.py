"""Answers to alerts, checks done by hand together, the prescriber, interventions."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pharmacy.refusals import NotFound
from pharmacy.web.workbench import workbench_page
from prescriptions.actions import answers, contact
from prescriptions.actions.checks import check_several_by_hand
from prescriptions.models.checks import Alert
from prescriptions.models.contact import Contact
from prescriptions.workbench.access import REVIEW, case_for, line_of
from prescriptions.workbench.case import Typed, show
from prescriptions.workbench.forms import ContactForm, HandForm, InterventionForm, PrescriberForm
from prescriptions.workbench.verbs import act, refuse_if_overtaken


@workbench_page("review/<str:number>/alerts/<uuid:alert>/", "case-answer", roles=REVIEW)
@require_POST
def answer(request: HttpRequest, number: str, alert: UUID) -> HttpResponse:
    """Answer an alert with a coded reason and, where it needs one, a sentence."""
    case = case_for(request, number)
    found = Alert.objects.filter(pk=alert, found_by__case=case).first()
    if found is None:
        raise NotFound

    def verb() -> str:
        code, sentence = request.POST.get("code", ""), request.POST.get("sentence", "")[:1000]
        answers.answer_alert(found, code=code, sentence=sentence, by=request.user)
        return _("Your answer is kept.")

    return act(request, case, verb)


@workbench_page("review/<str:number>/lines/<uuid:line>/seen/", "line-seen", roles=REVIEW)
@require_POST
def seen(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Say "seen" to every alert of the weight "care" on a line."""
    case = case_for(request, number)
    asked = line_of(case, line)

    def verb() -> str:
        count = answers.acknowledge(asked, by=request.user)
        return ngettext("%(n)s alert acknowledged.", "%(n)s alerts acknowledged.", count) % {"n": count}

    return act(request, case, verb)


@workbench_page("review/<str:number>/lines/<uuid:line>/hand/", "line-hand", roles=REVIEW)
@require_POST
def by_hand(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Write down one's own check for several that did not run; each is kept by itself."""
    case = case_for(request, number)
    asked = line_of(case, line)
    form = HandForm(request.POST)
    typed = Typed("hands", form, str(line))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)
    try:
        chosen = [UUID(text) for text in request.POST.getlist("check")]
    except ValueError as problem:
        raise NotFound from problem

    def verb() -> str:
        refuse_if_overtaken(request, case)
        mine = [one for one in chosen if asked.checks.filter(pk=one).exists()]
        done = check_several_by_hand(case, checks=mine, **form.cleaned_data, by=request.user)
        return ngettext("%(n)s check is written down.", "%(n)s checks are written down.", len(done)) % {"n": len(done)}

    return act(request, case, verb, typed=typed)


@workbench_page("review/<str:number>/lines/<uuid:line>/prescriber/", "line-prescriber", roles=REVIEW)
@require_POST
def ask_prescriber(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Ask the prescriber about a line; the case waits and its clock stands still."""
    case = case_for(request, number)
    asked = line_of(case, line)
    form = PrescriberForm(request.POST)
    typed = Typed("prescriber", form, str(line))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        refuse_if_overtaken(request, case)
        contact.ask_prescriber(asked, **form.cleaned_data, by=request.user)
        return _("Kept. The case waits for the prescriber and its clock stands still.")

    return act(request, case, verb, typed=typed)


@workbench_page("review/<str:number>/contacts/<uuid:contact_id>/", "case-contact", roles=REVIEW)
@require_POST
def record_contact(request: HttpRequest, number: str, contact_id: UUID) -> HttpResponse:
    """Write down what the prescriber said."""
    case = case_for(request, number)
    found = Contact.objects.filter(pk=contact_id, case=case).first()
    if found is None:
        raise NotFound
    form = ContactForm(request.POST)
    typed = Typed("contact", form, str(contact_id))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        contact.record_contact(found, **form.cleaned_data, by=request.user)
        return _("The prescriber’s answer is written down.")

    return act(request, case, verb, typed=typed)


@workbench_page("review/<str:number>/lines/<uuid:line>/intervention/", "line-intervention", roles=REVIEW)
@require_POST
def intervene(request: HttpRequest, number: str, line: UUID) -> HttpResponse:
    """Record what was done about a drug-related problem."""
    case = case_for(request, number)
    asked = line_of(case, line)
    form = InterventionForm(request.POST)
    typed = Typed("intervene", form, str(line))
    if not form.is_valid():
        return show(request, case, typed=typed, status=422)

    def verb() -> str:
        facts = contact.InterventionFacts(**form.cleaned_data)
        contact.record_intervention(asked, facts=facts, by=request.user)
        return _("The intervention is recorded.")

    return act(request, case, verb, typed=typed)
