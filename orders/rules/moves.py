"""Which state may follow which. The database keeps the same lists (migration 0002); a test compares them."""

from collections.abc import Mapping
from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order is. It is paperwork: the lock on a medicine is its clearance."""

    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_PRESCRIPTION = "awaiting_prescription"
    IN_REVIEW = "in_review"
    CLARIFICATION = "clarification"
    APPROVED = "approved"
    PREPARING = "preparing"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"


class LineStatus(StrEnum):
    """Where one line is; a line can be declined while the rest of its order goes on."""

    WAITING = "waiting"
    CLEARED = "cleared"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPPLIED = "supplied"


class PaymentStatus(StrEnum):
    """What is true at the payment provider, as far as we have been told."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    FAILED = "failed"
    EXPIRED = "expired"


class ParcelStatus(StrEnum):
    """Where a box is."""

    PLANNED = "planned"
    LABELLED = "labelled"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    CUSTOMS = "customs"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    HELD_BY_CUSTOMS = "held_by_customs"
    SEIZED = "seized"
    RETURNING = "returning"
    RETURNED = "returned"


O, L, P, B = OrderStatus, LineStatus, PaymentStatus, ParcelStatus  # noqa: E741

ORDER_MOVES: Mapping[str, frozenset[str]] = {
    O.AWAITING_PAYMENT: frozenset({O.AWAITING_PRESCRIPTION, O.IN_REVIEW, O.APPROVED, O.CANCELLED, O.EXPIRED}),
    O.AWAITING_PRESCRIPTION: frozenset({O.IN_REVIEW, O.REJECTED, O.CANCELLED, O.EXPIRED}),
    O.IN_REVIEW: frozenset({O.CLARIFICATION, O.APPROVED, O.REJECTED, O.CANCELLED, O.EXPIRED}),
    O.CLARIFICATION: frozenset({O.IN_REVIEW, O.APPROVED, O.REJECTED, O.CANCELLED, O.EXPIRED}),
    O.APPROVED: frozenset({O.PREPARING, O.REJECTED, O.CANCELLED, O.EXPIRED}),
    O.PREPARING: frozenset({O.DISPATCHED, O.CANCELLED}),
    O.DISPATCHED: frozenset({O.DELIVERED, O.RETURNED}),
    O.DELIVERED: frozenset({O.RETURNED}),
    O.REJECTED: frozenset(),
    O.CANCELLED: frozenset(),
    O.EXPIRED: frozenset(),
    O.RETURNED: frozenset(),
}

LINE_MOVES: Mapping[str, frozenset[str]] = {
    L.WAITING: frozenset({L.CLEARED, L.DECLINED, L.WITHDRAWN}),
    L.CLEARED: frozenset({L.DECLINED, L.WITHDRAWN, L.SUPPLIED}),
    L.DECLINED: frozenset(),
    L.WITHDRAWN: frozenset(),
    L.SUPPLIED: frozenset(),
}

# A failed attempt is not over: the provider's page lets the customer try another card. A refund is not over either:
# the customer's bank may send it back, and then the money is ours again, and still owed.
PAYMENT_MOVES: Mapping[str, frozenset[str]] = {
    P.PENDING: frozenset({P.AUTHORIZED, P.CAPTURED, P.FAILED, P.EXPIRED, P.VOIDED, P.PARTIALLY_REFUNDED, P.REFUNDED}),
    P.FAILED: frozenset({P.AUTHORIZED, P.CAPTURED, P.EXPIRED, P.VOIDED, P.PARTIALLY_REFUNDED, P.REFUNDED}),
    P.AUTHORIZED: frozenset({P.CAPTURED, P.VOIDED, P.EXPIRED, P.PARTIALLY_REFUNDED, P.REFUNDED}),
    P.CAPTURED: frozenset({P.PARTIALLY_REFUNDED, P.REFUNDED}),
    P.PARTIALLY_REFUNDED: frozenset({P.REFUNDED, P.CAPTURED}),
    P.REFUNDED: frozenset({P.CAPTURED, P.PARTIALLY_REFUNDED}),
    P.VOIDED: frozenset(),
    P.EXPIRED: frozenset(),
}

PARCEL_MOVES: Mapping[str, frozenset[str]] = {
    B.PLANNED: frozenset({B.LABELLED, B.EXCEPTION}),
    B.LABELLED: frozenset({B.HANDED_OVER, B.EXCEPTION}),
    B.HANDED_OVER: frozenset({B.IN_TRANSIT, B.OUT_FOR_DELIVERY, B.DELIVERED, B.EXCEPTION, B.RETURNING}),
    B.IN_TRANSIT: frozenset({B.CUSTOMS, B.OUT_FOR_DELIVERY, B.DELIVERED, B.EXCEPTION, B.RETURNING}),
    B.CUSTOMS: frozenset({B.IN_TRANSIT, B.OUT_FOR_DELIVERY, B.HELD_BY_CUSTOMS, B.SEIZED, B.RETURNING}),
    B.OUT_FOR_DELIVERY: frozenset({B.IN_TRANSIT, B.DELIVERED, B.EXCEPTION, B.RETURNING}),
    B.EXCEPTION: frozenset({B.IN_TRANSIT, B.OUT_FOR_DELIVERY, B.DELIVERED, B.RETURNING}),
    B.HELD_BY_CUSTOMS: frozenset({B.IN_TRANSIT, B.SEIZED, B.RETURNING}),
    B.RETURNING: frozenset({B.RETURNED}),
    B.DELIVERED: frozenset({B.RETURNING}),
    B.SEIZED: frozenset(),
    B.RETURNED: frozenset(),
}

OPEN_ORDERS = frozenset(s for s, nexts in ORDER_MOVES.items() if nexts and s not in {O.DELIVERED})
CANCELLABLE = frozenset(s for s, nexts in ORDER_MOVES.items() if O.CANCELLED in nexts)
OVER = frozenset({O.REJECTED, O.CANCELLED, O.EXPIRED, O.RETURNED})
LIVE_PAYMENTS = (P.PENDING, P.AUTHORIZED, P.CAPTURED, P.PARTIALLY_REFUNDED, P.REFUNDED)


def may_move(moves: Mapping[str, frozenset[str]], now: str, to: str) -> bool:
    """Is `to` one of the states that may follow `now`? Unknown states have no moves."""
    return to in moves.get(now, frozenset())


def is_over(status: str) -> bool:
    """Has an order in this state ended without supply, so that money for it must go back?"""
    return status in OVER
