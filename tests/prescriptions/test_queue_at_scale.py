"""Ten thousand open cases: the queue stays at twelve statements, and "Claim next" shows everything within a second."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pharmacy.accounts.models import User
from prescriptions.models.review import Case
from tests.prescriptions.desk import desk
from tests.shop.catalog import baclofen
from tests.shop.prescriptions import a_case, a_patient

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 10_000

# Copies of one case and its request, each an order of its own; later ones are less urgent.
_CASES = """
INSERT INTO prescriptions_case (id, number, order_reference, site_id, status, due_at, opened_at, is_test, is_acute,
       reminded, waited_seconds)
SELECT gen_random_uuid(), 'Q' || lpad(n::text, 6, '0'), 'MANY-' || n, site_id, 'queued',
       due_at + n * interval '1 second',
       opened_at, is_test, false, 0, 0
  FROM prescriptions_case, generate_series(1, %s) n WHERE id = %s
"""
_REQUESTS = """
INSERT INTO prescriptions_supplyrequest (id, order_reference, customer_id, patient_id, site_id, country, region,
       pack_id, packs_asked, packs, units, supply_class, status, case_id, is_test, created_at)
SELECT gen_random_uuid(), c.order_reference, r.customer_id, r.patient_id, r.site_id, r.country, r.region, r.pack_id,
       r.packs_asked, r.packs, r.units, r.supply_class, 'waiting', c.id, r.is_test, r.created_at
  FROM prescriptions_case c, prescriptions_supplyrequest r WHERE r.case_id = %s AND c.order_reference LIKE 'MANY-%%'
"""


def test_the_queue_with_ten_thousand_cases(alice: User, petra: User) -> None:
    first = a_case([baclofen()], customer=alice, patient=a_patient(alice, conditions="none", medicines="none"))
    with connection.cursor() as cursor:
        cursor.execute(_CASES, [MANY, first.pk])
        cursor.execute(_REQUESTS, [first.pk])
        cursor.execute("ANALYZE prescriptions_case, prescriptions_supplyrequest")
    client = desk(petra)
    client.get("/admin/review/")  # templates are compiled

    began = time.perf_counter()
    with CaptureQueriesContext(connection) as run:
        queue = client.get("/admin/review/")
    took_queue = time.perf_counter() - began
    began = time.perf_counter()
    there = client.post("/admin/review/next/", {"site": "us-newark"})
    with CaptureQueriesContext(connection) as case_run:
        page = client.get(there.headers["Location"])
    took_case = time.perf_counter() - began

    said = f"queue {took_queue:.3f} s, {len(run)} statements; claim next to the case {took_case:.3f} s, {len(case_run)}"
    print(f"\n{Case.objects.open().count()} open cases: {said} statements")
    assert queue.status_code == page.status_code == 200
    assert len(run) <= 12
    assert len(case_run) <= 24  # BEGIN, COMMIT and the session among them; the page's own budget is 20
    assert took_case < 3, said  # measured well below one second on a quiet machine
