"""A prescription that names its first day is not supplied before it: said on the case, refused by verb and database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from pharmacy.accounts.models import User
from pharmacy.clock import today
from prescriptions.actions import clinical_check, signing
from prescriptions.actions.checks import ChecksChanged
from prescriptions.actions.clinical_check import PrescriptionNotValid, approve
from prescriptions.models.prescription import Prescription
from prescriptions.queries.refills import is_prescribed_now
from prescriptions.queries.requests import seen_of
from tests.shop.catalog import baclofen
from tests.shop.prescriptions import a_case, approved, looked_again, only_request, transcribed

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_cleared_before_the_first_day_that_the_prescription_names(
    alice: User, petra: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = only_request(a_case([baclofen()], customer=alice))
    item = transcribed(request, by=petra)
    request.refresh_from_db()
    later = today() + dt.timedelta(days=2)
    Prescription.objects.update(not_before=later)
    item.prescription.refresh_from_db()

    with pytest.raises(ChecksChanged):
        approve(request, item=item, seen=seen_of(request), by=petra)
    monkeypatch.setattr(clinical_check, "refuse_if_checks_changed", lambda *_: None)
    with pytest.raises(PrescriptionNotValid):
        approve(request, item=item, seen=seen_of(request), by=petra)
    monkeypatch.setattr(signing, "_verify", _verified_all_the_same)
    with pytest.raises(IntegrityError, match="waits for the first day"):
        approve(request, item=item, seen=seen_of(request), by=petra)
    assert not is_prescribed_now(item, on=today())

    monkeypatch.undo()
    Prescription.objects.update(not_before=today() - dt.timedelta(days=1))
    item.prescription.refresh_from_db()
    looked_again(request, by=petra)
    assert approved(request, by=petra, item=item)
    with pytest.raises(IntegrityError, match="keeps its dates"), transaction.atomic():
        Prescription.objects.update(not_before=None)


def _verified_all_the_same(paper: Prescription, signature: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE prescriptions_prescription SET status = 'verified', verified_by_id = %s, verified_at = app_now()"
            " WHERE id = %s",
            [signature.user.pk, paper.pk],
        )
