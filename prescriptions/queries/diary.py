"""The journal as its owner reads it, and as a pharmacist does when it is shared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from prescriptions.models.diary import DiaryEntry, DiaryShare
from prescriptions.models.patient import Patient
from prescriptions.rules import diary as rules

WEEKS = timedelta(days=27)


def days_of(patient: Patient, *, since: date | None = None) -> list[rules.Day]:
    """The days told, oldest first (1 statement)."""
    rows = DiaryEntry.objects.filter(patient=patient)
    if since is not None:
        rows = rows.filter(day__gte=since)
    return [rules.read(one.day, one.facts) for one in rows.order_by("day")]


def is_shared(patient: Patient) -> bool:
    """May a pharmacist read it now?"""
    return DiaryShare.objects.filter(patient=patient, withdrawn_at=None).exists()


def shared_days(patient_id: Any, *, today: date) -> list[rules.Day]:
    """The last four weeks where the patient shares them now, else nothing (1 statement)."""
    rows = DiaryEntry.objects.filter(
        patient=patient_id, patient__diary_shares__withdrawn_at=None, patient__diary_shares__isnull=False,
        day__gte=today - WEEKS,
    )  # fmt: skip
    return [rules.read(one.day, one.facts) for one in rows.order_by("day").distinct()]
