"""What comes first: who runs out, and cases that were handed to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q

from catalog.models.site import Site
from pharmacy.clock import AppNow, db_now
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.history import supplied_before
from prescriptions.rules.clock import BEFORE_HOLD_ENDS, GIVES_UP, PAGES_AT, PROMISE, REMINDERS, after
from prescriptions.rules.run_out import run_out

SOON = timedelta(days=2)
KEPT_FOR = timedelta(hours=1)
AWAITED = ("awaiting_patient", "awaiting_prescriber")
LAST_FIFTH = PROMISE * (1 - PAGES_AT)  # of the longest promise, in open time


def runs_out_soon(requests: Sequence[SupplyRequest], *, today: date) -> bool:
    """Does something these patients had before run out within two days, or did it this week? (1 statement)"""
    ends = []
    for row in supplied_before(requests):
        item = row.prescription_item
        last = run_out(item.dose_text, row.units, since=row.created_at.date()) if item else None
        if last is not None:
            ends.append(last)
    return any(today - timedelta(days=7) <= last <= today + SOON for last in ends)


def kept_for_another(user: Any) -> Q:
    """Cases that were handed to a colleague less than an hour ago."""
    return Q(handed_to__isnull=False, handed_at__gt=AppNow() - KEPT_FOR) & ~Q(handed_to=user)


def late_or_nearly(*, limit: int) -> list[UUID]:
    """Open cases whose clock runs and that may be near its end: nobody was paged, or nobody was told, yet.

    What is left is counted in each site's open time: what is due soon after tomorrow's opening is near its end tonight.
    """
    running = Case.objects.open().exclude(status__in=AWAITED, answered_at=None)
    now = db_now()
    pages = reduce(or_, (
        Q(escalated_at=None, site=site, due_at__lte=after(now, LAST_FIFTH, site.opening_hours, site.time_zone))
        for site in Site.objects.all()
    ), Q(escalated_at=None, due_at__lte=now))  # fmt: skip
    breaks = Q(breached_at=None, due_at__lte=AppNow())
    return list(running.filter(pages | breaks).order_by("due_at").values_list("pk", flat=True)[:limit])


def unanswered(*, limit: int) -> list[UUID]:
    """Cases that wait for somebody and are due a reminder, or their end; longest first (R-203)."""
    now = AppNow()
    reminders = [Q(reminded=nth, asked_at__lte=now - after) for nth, after in enumerate(REMINDERS)]
    ends = Q(asked_at__lte=now - GIVES_UP) | Q(hold_ends_at__lte=now + BEFORE_HOLD_ENDS)
    waiting = Case.objects.filter(reduce(or_, reminders, ends), status__in=AWAITED, answered_at=None)
    return list(waiting.order_by("asked_at").values_list("pk", flat=True)[:limit])
