""" "Retention": what is over its time, what is held and why, and the questionnaires that wait for approval."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.refusals import NotFound, Refused
from pharmacy.web.workbench import workbench_page
from prescriptions.actions.consultation import approve_questionnaire
from prescriptions.actions.retention import lift_hold, place_hold
from prescriptions.models.consultation import Questionnaire
from prescriptions.models.hold import LegalHold
from prescriptions.queries.retention import due, holds
from prescriptions.workbench.access import who

ROLES = ("superintendent",)


@workbench_page("retention/", "retention", label=gettext_lazy("Retention"), roles=ROLES, order=80)
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """A dry run of tonight's job, and the holds in force."""
    facts = {"lines": due(today()), "holds": list(holds())}
    return render(request, "prescriptions/workbench/retention.html", facts)


@workbench_page("retention/hold/", "retention-hold", roles=ROLES)
@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Keep everything of a customer, found by e-mail."""
    customer = User.objects.filter(email__iexact=request.POST.get("email", "").strip()).first()
    if customer is None:
        messages.error(request, _("No customer has this e-mail address."))
        return redirect("admin:retention")
    return _do(
        request, lambda: place_hold(customer, reason=request.POST.get("reason", ""), by=who(request)), _("Held.")
    )


@workbench_page("retention/<uuid:hold>/lift/", "retention-lift", roles=ROLES)
@require_POST
def lift(request: HttpRequest, hold: UUID) -> HttpResponse:
    """End a hold."""
    found = LegalHold.objects.filter(pk=hold).first()
    if found is None:
        raise NotFound
    return _do(request, lambda: lift_hold(found, by=who(request)), _("Lifted."))


def _do(request: HttpRequest, verb: Any, said: str, back: str = "admin:retention") -> HttpResponse:
    try:
        verb()
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, said)
    return redirect(back)


@workbench_page("questionnaires/", "questionnaires", label=gettext_lazy("Questionnaires"), roles=ROLES, order=70)
@require_safe
def questionnaires(request: HttpRequest) -> HttpResponse:
    """Every version, with its questions and who stands for it."""
    rows = list(Questionnaire.objects.all()[:100])
    return render(request, "prescriptions/workbench/questionnaires.html", {"rows": rows})


@workbench_page("questionnaires/<uuid:questionnaire>/approve/", "questionnaire-approve", roles=ROLES)
@require_POST
def approve(request: HttpRequest, questionnaire: UUID) -> HttpResponse:
    """Put a version in use; its author can't."""
    found = Questionnaire.objects.filter(pk=questionnaire).first()
    if found is None:
        raise NotFound
    said = _("In use from now on.")
    return _do(request, lambda: approve_questionnaire(found, by=who(request)), said, "admin:questionnaires")
