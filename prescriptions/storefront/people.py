""" "Patients and carers": whom one orders for, what is told about them, and who may act for them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import today
from pharmacy.crypto import blind
from pharmacy.refusals import NotFound, Overtaken, Refused
from pharmacy.web.visitor import way_back
from prescriptions.actions import carer as verbs
from prescriptions.actions.patient import save_patient
from prescriptions.models.carer import Carer
from prescriptions.models.patient import Patient
from prescriptions.queries.acting import known_to
from prescriptions.storefront.files import keep_files, take_back, takes_files
from prescriptions.storefront.person_forms import PersonForm, ProofForm, told_by

STATES = {
    "invited": ("note", lazy("Invited")),
    "asked": ("note", lazy("Waits for a pharmacist")),
    "granted": ("ok", lazy("May act")),
    "refused": ("stop", lazy("Not accepted")),
    "ended": ("unknown", lazy("Ended")),
}
REASONS = {
    "proof_unreadable": lazy("The proof could not be read. Please send it again."),
    "proof_insufficient": lazy("The proof does not show that you may act."),
    "wrong_person": lazy("The proof is about somebody else."),
    "not_needed": lazy("You do not need a right for this."),
}
FACTS = {
    "weight_kg": lazy("Weight"),
    "allergies": lazy("Allergies"),
    "conditions": lazy("Conditions"),
    "medicines": lazy("Medicines taken"),
    "pregnancy": lazy("Pregnant"),
    "breastfeeding": lazy("Breastfeeding"),
    "kidney": lazy("Kidneys"),
    "liver": lazy("Liver"),
}


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody one may order for, with what is missing, and invitations that wait."""
    user = _user(request)
    known = list(known_to(user).order_by("created_at"))
    rights = list(Carer.objects.filter(patient__in=known).exclude(state="ended").select_related("user"))
    invited = Carer.objects.filter(state="invited", invited_index=blind(user.email.lower(), "carer"))
    rows = [_row(one, user, [right for right in rights if right.patient_id == one.pk]) for one in known]
    facts = {"rows": rows, "invited": list(invited.select_related("patient__owner")), "proof": ProofForm()}
    return render(request, "prescriptions/storefront/people.html", facts)


def _row(patient: Patient, user: User, rights: list[Carer]) -> dict[str, Any]:
    mine = next((one for one in rights if one.user_id == user.pk), None)
    lapsed = mine is not None and mine.state == "granted" and mine.ends_on is not None and mine.ends_on < today()
    missing = [
        label for name, label in FACTS.items() if name in ("allergies", "medicines") and not getattr(patient, name)
    ]
    return {
        "patient": patient,
        "is_self": patient.relation == "self" and patient.owner_id == user.pk,
        "is_owner": patient.owner_id == user.pk,
        "mine": mine,
        "state": STATES["ended" if lapsed else mine.state] if mine else None,
        "reason": REASONS.get(mine.reason, "") if mine and mine.state == "refused" else "",
        "needs_proof": (mine is None or lapsed or mine.state == "refused")
        and (patient.relation == "other" and patient.owner_id == user.pk),
        "missing": missing,
        "others": [(one, *STATES[one.state]) for one in rights if one.user_id != user.pk],
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Somebody new."""
    user = _user(request)
    if not has_consent(user):
        return redirect(f"{reverse('account-consent')}?{urlencode({'next': request.get_full_path()})}")
    form = PersonForm(request.POST or None, is_new=True)
    if request.method == "POST" and form.is_valid():
        try:
            kept = save_patient(None, owner=user, facts=form.as_facts(), by=user)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Kept."))
            there = way_back(request, reverse("people"))
            return HttpResponseRedirect(reverse("people") if kept.relation == "other" else there)
    return _form_page(request, form, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, patient: UUID) -> HttpResponse:
    """What is told about one person, with dates. The version on the screen is sent along: nobody's words get lost."""
    user = _user(request)
    found = _patient(patient, user)
    form = PersonForm(request.POST if request.method == "POST" else None, is_new=False, initial=told_by(found))
    if request.method == "POST" and form.is_valid():
        text = request.POST.get("version", "")
        seen = int(text) if text.isdecimal() and len(text) < 9 else -1
        try:
            save_patient(found, owner=user, facts=form.as_facts(), seen=seen, by=user)
        except Overtaken as refusal:
            found.refresh_from_db()
            form.add_error(None, refusal.detail)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Kept."))
            return redirect("people")
    return _form_page(request, form, found)


def _form_page(request: HttpRequest, form: PersonForm, patient: Patient | None) -> HttpResponse:
    told_on = json.loads(patient.told_on or "{}") if patient else {}
    dated = [(label, date.fromisoformat(told_on[name])) for name, label in FACTS.items() if name in told_on]
    facts = {"form": form, "patient": patient, "dated": dated, "back": way_back(request, reverse("people"))}
    return render(request, "prescriptions/storefront/person.html", facts, status=422 if form.errors else 200)


@login_required
@takes_files
@require_POST
def hand_in_proof(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Ask to act for somebody: the proof, how related, until when."""
    user = _user(request)
    found = _patient(patient, user)
    return _with_proof(request, user, lambda proof: verbs.ask_to_act(found, proof=proof, by=user))


@login_required
@takes_files
@require_POST
def accept(request: HttpRequest, carer: UUID) -> HttpResponse:
    """Accept an invitation, with proof."""
    user = _user(request)
    found = Carer.objects.filter(pk=carer).first()
    if found is None:
        raise NotFound
    return _with_proof(request, user, lambda proof: verbs.accept_invitation(found, proof=proof, by=user))


def _with_proof(request: HttpRequest, user: User, verb: Any) -> HttpResponse:
    form = ProofForm(request.POST)
    kept, wrong = keep_files(request, user)
    if not form.is_valid() or not kept:
        missing = [] if kept or wrong else [_("Choose the document that shows that you may act.")]
        said = [f"{form.fields[name].label}: {errors[0]}" for name, errors in form.errors.items()]
        for sentence in [*wrong, *missing, *said]:
            messages.error(request, sentence)
        take_back(kept, user)  # a proof that stayed loose would go with the next order as a prescription
        return redirect("people")
    proof = verbs.Proof(form.cleaned_data["kin"], kept[0], form.cleaned_data["ends_on"])
    try:
        verb(proof)
    except NotFound:
        take_back(kept, user)
        raise
    except Refused as refusal:
        take_back(kept, user)
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("A pharmacist looks at the proof. Until then you can’t order for them."))
    return redirect("people")


@login_required
@require_POST
def invite(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Ask somebody else to act for this person too."""
    user = _user(request)
    try:
        verbs.invite_carer(_patient(patient, user), email=request.POST.get("email", "")[:254], by=user)
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("They see the invitation when they sign in with that address."))
    return redirect("people")


@login_required
@require_POST
def end(request: HttpRequest, carer: UUID) -> HttpResponse:
    """Take a right or an invitation back."""
    found = Carer.objects.filter(pk=carer).first()
    if found is None:
        raise NotFound
    verbs.end_right(found, by=_user(request))
    messages.success(request, _("Ended."))
    return redirect("people")


def _patient(patient: UUID, user: User) -> Patient:
    found = known_to(user).filter(pk=patient).first()
    if found is None:
        raise NotFound
    return found


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
