"""The journal: dose taken, energy, drowsiness, notes; a chart, and the same as a table. Shared only by choice."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import today
from pharmacy.refusals import NotFound, Refused
from prescriptions.actions import diary as verbs
from prescriptions.models.patient import Patient
from prescriptions.queries.acting import known_to
from prescriptions.queries.diary import days_of, is_shared
from prescriptions.rules import diary as rules

DOSES: Final = {"yes": lazy("Taken"), "part": lazy("In part"), "no": lazy("Not taken")}
WEEKS: Final = (2, 4, 12)
_SCORES: Final = [("", lazy("Not told")), *((str(n), str(n)) for n in range(11))]


class DayForm(forms.Form):
    """One day."""

    use_required_attribute = False

    day = forms.DateField(label=lazy("Day"), widget=forms.DateInput({"class": "input", "type": "date"}, "%Y-%m-%d"))
    dose = forms.ChoiceField(
        label=lazy("Dose"), required=False, choices=[("", lazy("Not told")), *DOSES.items()],
        widget=forms.Select({"class": "input select"}),
    )  # fmt: skip
    energy = forms.TypedChoiceField(
        label=lazy("Energy"), required=False, choices=_SCORES, coerce=int, empty_value=None,
        help_text=lazy("0 none, 10 full"), widget=forms.Select({"class": "input select"}),
    )  # fmt: skip
    drowsiness = forms.TypedChoiceField(
        label=lazy("Drowsiness"), required=False, choices=_SCORES, coerce=int, empty_value=None,
        help_text=lazy("0 wide awake, 10 can’t stay awake"), widget=forms.Select({"class": "input select"}),
    )  # fmt: skip
    note = forms.CharField(
        label=lazy("Note"), required=False, max_length=rules.LONGEST_NOTE,
        widget=forms.Textarea({"class": "input", "rows": 3}),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def journal(request: HttpRequest, patient: UUID) -> HttpResponse:
    """The chart, the table, and the form for a day. POST keeps the day."""
    user = _user(request)
    found = _patient(patient, user)
    if not has_consent(user):
        return redirect(f"{reverse('account-consent')}?{urlencode({'next': request.path})}")
    form = DayForm(request.POST if request.method == "POST" else None, initial={"day": today()})
    if request.method == "POST" and form.is_valid():
        try:
            verbs.write_day(found, told=rules.Day(**form.cleaned_data), by=user)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Kept."))
            return redirect("journal", patient=patient)
    return _page(request, found, form)


def _page(request: HttpRequest, patient: Patient, form: DayForm) -> HttpResponse:
    text = request.GET.get("weeks", "")
    weeks = int(text) if text in {str(one) for one in WEEKS} else WEEKS[0]
    last = today()
    first = last - dt.timedelta(days=weeks * 7 - 1)
    days = days_of(patient, since=first)
    facts: dict[str, Any] = {
        "patient": patient,
        "form": form,
        "days": [(one, DOSES.get(one.dose, "")) for one in reversed(days)],
        "chart": rules.chart(days, first=first, last=last) if days else None,
        "weeks": weeks,
        "choices": WEEKS,
        "is_shared": is_shared(patient),
        "first": first,
        "last": last,
    }
    status = 422 if form.errors else 200
    return render(request, "prescriptions/storefront/journal.html", facts, status=status)


@login_required
@require_POST
def share(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Let pharmacists read it, or take that back."""
    user = _user(request)
    found = _patient(patient, user)
    if request.POST.get("share") == "yes":
        verbs.share_diary(found, by=user)
        messages.success(request, _("Pharmacists who decide about an order can read the journal now."))
    else:
        verbs.take_back_diary(found, by=user)
        messages.success(request, _("Nobody but you reads the journal now."))
    return redirect("journal", patient=patient)


@login_required
@require_POST
def remove(request: HttpRequest, patient: UUID, day: str) -> HttpResponse:
    """Delete a day for good."""
    user = _user(request)
    try:
        on = dt.date.fromisoformat(day)
    except ValueError as problem:
        raise NotFound from problem
    verbs.remove_day(_patient(patient, user), day=on, by=user)
    messages.success(request, _("Removed."))
    return redirect("journal", patient=patient)


def _patient(patient: UUID, user: User) -> Patient:
    found = known_to(user).filter(pk=patient).first()
    if found is None:
        raise NotFound
    return found


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
