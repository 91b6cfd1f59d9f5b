"""Money: what we were told, what follows for the order, and what we mean to do next. No network here."""

from __future__ import annotations

from typing import Any

from orders.actions.moving import lock_order, move_order, move_payment
from orders.actions.releasing import owe_release
from orders.actions.steps import decide, settle
from orders.models.order import Order
from orders.models.payment import Payment, PaymentEntry, PaymentStep
from orders.rules.moves import LIVE_PAYMENTS, PAYMENT_MOVES, OrderStatus, PaymentStatus, is_over, may_move
from orders.rules.provider import Ledger, Snapshot, is_about_payment, status_said
from pharmacy.clock import AppNow
from pharmacy.journal.actions import hear, record
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.review import open_case
from prescriptions.queries.requests import needs_prescription

OVER_AND_SQUARE = (PaymentStatus.VOIDED, PaymentStatus.EXPIRED, PaymentStatus.REFUNDED)


@own_transaction
def hear_from_stripe(*, event_id: str, kind: str, object_id: str, reference: str, by: Any = "stripe") -> bool:
    """Take note of a verified webhook; True the first time. What it is about is looked up later, by the outbox."""
    _, is_new = hear("stripe", event_id)
    if is_new and is_about_payment(kind):
        record("payment.news", about=("payment", reference or object_id), by=by, news=kind, object=object_id)
    return is_new


@own_transaction
def note_page(payment: Payment, *, session_id: str, url: str, expires_at: Any, intent_id: str = "", by: Any) -> None:
    """Keep where the customer can pay. Only for an attempt that is still open: the condition is the guard."""
    Payment.objects.filter(pk=payment.pk, status__in=[PaymentStatus.PENDING, PaymentStatus.FAILED]).update(
        session_id=session_id, session_url=url, session_expires_at=expires_at, checked_at=AppNow()
    )


@own_transaction
def note_state(payment: Payment, *, seen: Snapshot, by: Any) -> Payment:
    """Bring the payment to what the provider says, forward only; write its ledger once per provider object.

    Doubled, late and disordered news all end alike: the order's lock serialises them, entries are unique, and a state
    that may not follow the present one is old news.
    """
    order = lock_order(payment.order)
    locked = Payment.objects.select_for_update().get(pk=payment.pk)
    locked.order = order
    if _is_another_sum(locked, seen):  # never followed: a person looks at it
        Payment.objects.filter(pk=locked.pk).update(attention="differs", checked_at=AppNow())
        return locked
    before = _ledger(locked)
    _write_entries(locked, seen)
    ledger = _ledger(locked)
    said = ledger.status or status_said(seen, void_asked=locked.steps.filter(kind="void", failed_at=None).exists())
    amounts = _amounts(locked, seen, ledger)
    if _is_stray(locked, said):
        _note_stray(order, locked, amounts=amounts, by=by)
    elif said != locked.status and may_move(PAYMENT_MOVES, locked.status, said):
        move_payment(locked, said, **amounts, attention="")
        if ledger.came_back_minor == before.came_back_minor:
            _follow(order, locked, by=by)
    else:
        calm = {"attention": ""} if said in OVER_AND_SQUARE and locked.attention == "stray" else {}
        Payment.objects.filter(pk=locked.pk).update(**amounts, **calm)
    if ledger.came_back_minor > before.came_back_minor:
        _note_refund_came_back(order, locked, by=by)
    return locked


@own_transaction
def ask_capture(order: Order, *, by: Any) -> PaymentStep | None:
    """Decide to take the money for a packed parcel; None when there is nothing to take (again) for this order.

    Races with cancel_order: both lock the order; whoever comes second sees the other's status or step.
    """
    locked = lock_order(order)
    payment = locked.payments.filter(status=PaymentStatus.AUTHORIZED).first()
    if locked.status != OrderStatus.PREPARING or payment is None:
        return None
    if not locked.parcels.filter(status="planned").exists():
        return None
    if payment.provider != "stripe":
        _capture_without_provider(locked, payment, by=by)
        return None
    return decide(payment, "capture", amount_minor=locked.due_minor, by=by)


@own_transaction
def note_capture_failed(payment: Payment, *, failure_code: str, by: Any) -> None:
    """The provider refused to capture: the parcel stays, the customer is asked, the workbench shows it."""
    order = lock_order(payment.order)
    changed = PaymentStep.objects.filter(payment=payment, kind="capture", done_at=None, failed_at=None).update(
        failed_at=AppNow(), failure_code=failure_code[:60]
    )
    if changed:
        Payment.objects.filter(pk=payment.pk).update(attention="capture-failed", failure_code=failure_code[:60])
        record("payment.capture_failed", about=order, by=by, order=order.reference, payment=payment.reference)


@own_transaction
def ask_release_again(payment: Payment, *, by: Any) -> None:
    """A refund that the customer's bank sent back is owed once more; for a member of staff who looked into it."""
    order = lock_order(payment.order)
    if Payment.objects.filter(pk=payment.pk, attention="refund-failed").update(attention=""):
        owe_release(order, Payment.objects.get(pk=payment.pk), by=by)


@own_transaction
def note_released_without_provider(payment: Payment, *, by: Any) -> None:
    """Nothing was ever asked of a provider (an order of zero, or on account): the books say it is given back."""
    order = lock_order(payment.order)
    locked = Payment.objects.select_for_update().get(pk=payment.pk)
    if locked.status == PaymentStatus.AUTHORIZED:
        move_payment(locked, PaymentStatus.VOIDED)
    elif locked.status == PaymentStatus.CAPTURED:
        _write(locked, "refund", locked.captured_minor)
        move_payment(locked, PaymentStatus.REFUNDED, refunded_minor=locked.captured_minor)
    else:
        return
    _follow(order, locked, by=by)


@joins_transaction
def settle_nothing_to_pay(order: Order, payment: Payment, *, by: Any) -> None:
    """An order that costs nothing goes on at once."""
    move_payment(payment, PaymentStatus.AUTHORIZED)
    _follow(order, payment, by=by)


def _is_another_sum(payment: Payment, seen: Snapshot) -> bool:
    """The provider holds another amount or currency under our reference than we asked for."""
    if not seen.intent_id:
        return False
    currency = seen.currency or payment.currency
    return (seen.amount_minor or payment.amount_minor, currency) != (payment.amount_minor, payment.currency)


def _amounts(payment: Payment, seen: Snapshot, ledger: Ledger) -> dict[str, Any]:
    held = max(seen.capturable_minor, ledger.captured_minor, payment.authorized_minor)
    return {
        "authorized_minor": held,
        "captured_minor": ledger.captured_minor,
        "refunded_minor": ledger.refunded_minor,
        "intent_id": seen.intent_id or payment.intent_id,
        "session_id": seen.session_id or payment.session_id,
        "capture_before": seen.capture_before or payment.capture_before,
        "failure_code": seen.failure_code[:60],
        "checked_at": AppNow(),
    }


def _ledger(payment: Payment) -> Ledger:
    """Entries only ever grow, so what follows from them can't be set back by an old look."""
    return Ledger.of(payment.entries.values_list("kind", "amount_minor"))


def _write_entries(payment: Payment, seen: Snapshot) -> None:
    known = set(PaymentEntry.objects.filter(payment=payment).values_list("kind", "provider_object_id"))
    PaymentEntry.objects.bulk_create(
        [
            PaymentEntry(
                payment=payment, kind=one.kind, provider_object_id=one.id, amount_minor=one.amount_minor,
                currency=payment.currency, at=one.at,
            )
            for one in seen.objects
            if (one.kind, one.id) not in known
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _is_stray(payment: Payment, said: str) -> bool:
    """Money is held on an old attempt while a newer one lives: it must go back."""
    square = (PaymentStatus.PENDING, *OVER_AND_SQUARE)
    if payment.status in LIVE_PAYMENTS or said not in LIVE_PAYMENTS or said in square:
        return False
    others = Payment.objects.filter(
        order=payment.order, parcel_group=payment.parcel_group, status__in=[str(s) for s in LIVE_PAYMENTS]
    )
    return others.exclude(pk=payment.pk).exists() or not may_move(PAYMENT_MOVES, payment.status, said)


def _note_stray(order: Order, payment: Payment, *, amounts: dict[str, Any], by: Any) -> None:
    Payment.objects.filter(pk=payment.pk).update(**amounts | {"attention": "stray"})
    if payment.attention != "stray":
        record("payment.release_owed", about=order, by=by, order=order.reference, payment=payment.reference, stray=True)


def _note_refund_came_back(order: Order, payment: Payment, *, by: Any) -> None:
    """The customer's bank sent a refund back: it is owed still. A person decides how, because asking the same card
    again by itself could go round for ever."""
    payment.steps.filter(kind="refund", failed_at=None).update(
        done_at=None, failed_at=AppNow(), failure_code="refund-came-back"
    )
    Payment.objects.filter(pk=payment.pk).update(attention="refund-failed")
    record("payment.refund_failed", about=order, by=by, order=order.reference, payment=payment.reference)


def _follow(order: Order, payment: Payment, *, by: Any) -> None:
    facts = {"order": order.reference, "payment": payment.reference}
    record(f"payment.{payment.status}", about=order, by=by, **facts)
    settle(payment)
    if payment.status == PaymentStatus.AUTHORIZED:
        _go_on(order, payment, by=by)
    elif payment.status == PaymentStatus.CAPTURED and is_over(order.status):
        owe_release(order, payment, by=by)
    elif payment.status == PaymentStatus.EXPIRED and payment.authorized_minor and not is_over(order.status):
        Payment.objects.filter(pk=payment.pk).update(attention="hold-lapsed")


def _go_on(order: Order, payment: Payment, *, by: Any) -> None:
    """The money is held: on to the prescription, the pharmacist or the shelf, whichever applies first."""
    if is_over(order.status):
        owe_release(order, payment, by=by)
    elif order.status == OrderStatus.AWAITING_PAYMENT:
        if needs_prescription(order.reference):
            move_order(order, OrderStatus.AWAITING_PRESCRIPTION, by=by)
        elif open_case(order.reference, hold_ends_at=payment.capture_before, by=by) is not None:
            move_order(order, OrderStatus.IN_REVIEW, by=by)
        else:
            move_order(order, OrderStatus.APPROVED, by=by)


def _capture_without_provider(order: Order, payment: Payment, *, by: Any) -> None:
    amount = order.due_minor
    move_payment(payment, PaymentStatus.CAPTURED, authorized_minor=payment.amount_minor, captured_minor=amount)
    _write(payment, "capture", amount)
    _follow(order, payment, by=by)


def _write(payment: Payment, kind: str, amount_minor: int) -> None:
    """An entry of a payment that no provider knows of; `amount_minor` in the payment's currency."""
    PaymentEntry.objects.create(
        payment=payment, kind=kind, provider_object_id=f"{payment.reference}-{kind}", amount_minor=amount_minor,
        currency=payment.currency, at=AppNow(),
    )  # fmt: skip
