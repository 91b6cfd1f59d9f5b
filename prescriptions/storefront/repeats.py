""" "Repeats": what is left, when it runs out, a calendar that puts orders in one parcel, and reminders by choice."""

from __future__ import annotations

import calendar as months
import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pharmacy.accounts.models import User
from pharmacy.clock import db_now, today
from pharmacy.refusals import NotFound, Refused
from prescriptions.actions import refill as verbs
from prescriptions.queries.refills import Planned, Repeat, planned, repeats_of
from prescriptions.rules.refill import ics as as_ics


@login_required
@require_safe
def repeats(request: HttpRequest) -> HttpResponse:
    """Everything that can be ordered again, what is due first, and the parcels ahead."""
    on = today()
    rows = repeats_of(request.user, on=on)
    facts = {"rows": rows, "parcels": planned(rows, on=on), "today": on}
    return render(request, "prescriptions/storefront/repeats.html", facts)


@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """One month: the days to order, the days something runs out. A table to move through, a list on a phone."""
    on = today()
    first = _month(request.GET.get("month", ""), on)
    rows = repeats_of(request.user, on=on)
    happens = _happens(rows, planned(rows, on=on))
    weeks = [
        [{"day": day, "out": day.month != first.month, "events": happens.get(day, [])} for day in week]
        for week in months.Calendar(0).monthdatescalendar(first.year, first.month)
    ]
    in_month = sorted(
        (day, events) for day, events in happens.items() if (day.year, day.month) == (first.year, first.month)
    )
    facts = {
        "first": first,
        "weeks": weeks,
        "days": in_month,
        "today": on,
        "before": (first - dt.timedelta(days=1)).strftime("%Y-%m"),
        "after": (first + dt.timedelta(days=32)).strftime("%Y-%m"),
    }
    return render(request, "prescriptions/storefront/calendar.html", facts)


def _month(text: str, on: dt.date) -> dt.date:
    try:
        first = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return on.replace(day=1)
    return first if abs((first - on).days) < 3660 else on.replace(day=1)


def _happens(rows: list[Repeat], parcels: list[Planned]) -> dict[dt.date, list[dict[str, Any]]]:
    happens: dict[dt.date, list[dict[str, Any]]] = {}
    for one in parcels:
        names = ", ".join(repeat.item.substance for repeat in one.repeats)
        said = {"kind": "order", "text": _("Order: %(names)s") % {"names": names}, "who": one.patient.name}
        happens.setdefault(one.parcel.order_on, []).append(said)
    for row in rows:
        if row.run_out is not None and row.can_repeat:
            said = {
                "kind": "out",
                "text": _("%(name)s runs out") % {"name": row.item.substance},
                "who": row.patient.name,
            }
            happens.setdefault(row.run_out, []).append(said)
        if row.can_repeat and row.paper.valid_until is not None:
            text = _("Prescription for %(name)s ends") % {"name": row.item.substance}
            happens.setdefault(row.paper.valid_until, []).append({"kind": "end", "text": text, "who": row.patient.name})
    return happens


@login_required
@require_safe
def ics(request: HttpRequest) -> HttpResponse:
    """The days to order as a calendar file. It names no medicine and nobody: calendars are shared."""
    on = today()
    counted: dict[dt.date, int] = {}
    for one in planned(repeats_of(request.user, on=on), on=on):
        counted[one.parcel.order_on] = counted.get(one.parcel.order_on, 0) + len(one.repeats)
    host = settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    stamp = db_now().strftime("%Y%m%dT%H%M%SZ")
    text = as_ics(sorted(counted.items()), host=host, summary=_("Time to order again"), stamp=stamp)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="order-again.ics"'
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@login_required
@require_POST
def opt_in(request: HttpRequest, item: UUID) -> HttpResponse:
    """Ask for the reminder."""
    text = request.POST.get("runs_out_on", "")
    try:
        ends = dt.date.fromisoformat(text) if text else None
    except ValueError:
        ends = None
    said = _("We write a week before it runs out. Nothing is ordered by itself.")
    return _do(request, lambda user: verbs.opt_in(item, runs_out_on=ends, by=user), said)


@login_required
@require_POST
def skip(request: HttpRequest, item: UUID) -> HttpResponse:
    """Not this time."""
    return _do(request, lambda user: verbs.skip_refill(item, by=user), _("Skipped once."))


@login_required
@require_POST
def stop(request: HttpRequest, item: UUID) -> HttpResponse:
    """No more reminders."""
    return _do(request, lambda user: verbs.stop_refill(item, by=user), _("No more reminders for this one."))


def _do(request: HttpRequest, verb: Any, said: str) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        verb(request.user)
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, said)
    return redirect("repeats")
