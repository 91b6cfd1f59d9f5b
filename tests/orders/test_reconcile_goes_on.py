"""One payment that our own rules refuse to note keeps nobody else's from being looked at."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from orders.models.payment import Payment
from orders.tasks import reconcile
from tests.house import later
from tests.shop.catalog import plasters
from tests.shop.orders import an_order

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_payment_that_cant_be_noted_is_flagged_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    poisoned, sound = an_order([plasters()]).payments.get(), an_order([plasters()]).payments.get()
    looked: list[str] = []

    def sync(payment: Payment, *, by: str) -> Payment:
        if payment == poisoned:
            raise IntegrityError("authorized_never_exceeds_amount")
        looked.append(payment.reference)
        return payment

    monkeypatch.setattr(reconcile, "sync_payment", sync)
    with later(minutes=5):
        assert reconcile.reconcile_open() == 2

    poisoned.refresh_from_db()
    assert looked == [sound.reference]
    assert poisoned.attention == "differs"
    assert poisoned.checked_at is not None
