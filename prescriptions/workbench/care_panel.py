"""What care adds to the case page: the consultation behind a line, and the journal while the patient shares it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from pharmacy.clock import today
from pharmacy.web.panels import panel
from pharmacy.web.workbench import workbench_page
from prescriptions.models.patient import Patient
from prescriptions.queries.case import CasePage
from prescriptions.queries.diary import WEEKS, shared_days
from prescriptions.queries.questions import consultations_of_case
from prescriptions.rules.diary import chart
from prescriptions.workbench.access import REVIEW, case_for, look


@panel("case.care")
def care_of_case(request: HttpRequest, *, page: CasePage, **_: Any) -> str:
    """No statement but one for pharmacy-only lines; the journal comes by itself after the page, or by its link."""
    asked = [line.request for line in page.lines if line.request.supply_class == "pharmacy_only"]
    talks = consultations_of_case(asked[0].customer_id, [one.pack.product_id for one in asked]) if asked else []
    facts = {"talks": talks, "case": page.case, "patient": page.patient}
    return render_to_string("prescriptions/workbench/parts/care.html", facts, request=request)


@workbench_page("review/<str:number>/journal/", "case-journal", roles=REVIEW)
@require_safe
def journal(request: HttpRequest, number: str) -> HttpResponse:
    """The last four weeks of the patient's journal, if they share it now. The look at the case is recorded first."""
    case = case_for(request, number)
    look(request, case)
    patient = Patient.objects.filter(supply_requests__case=case).first()
    last = today()
    days = shared_days(patient.pk, today=last) if patient else []
    first = days[0].day if days else last - dt.timedelta(days=13)
    drawn = chart(days, first=max(first, last - WEEKS), last=last) if days else None
    facts = {"case": case, "days": list(reversed(days))[:7], "chart": drawn}
    name = "parts/journal" if getattr(request, "htmx", False) else "journal"
    return render(request, f"prescriptions/workbench/{name}.html", facts)
