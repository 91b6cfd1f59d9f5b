"""Where a line is, in plain words: stations on a way, one sentence now, one sentence next.

Texts are messages with %(name)s places, translated and filled in by the page; dates stay dates until then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from orders.rules.moves import LineStatus, OrderStatus, is_over

type When = dt.datetime | dt.date | None


@dataclass(frozen=True, slots=True)
class Station:
    """One stop; state is done, now, wait (your turn), over, or "" (to come). `wide` takes two places."""

    label: str
    when: When = None
    state: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A message and what fills its places."""

    text: str = ""
    values: Mapping[str, str | When] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One line's way: stations, where it is now (bold), what happens next and by when."""

    stations: tuple[Station, ...]
    now: Words
    then: Words
    over: bool = False


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the words are made from."""

    order_status: str
    line_status: str
    by_rule: bool
    place: str
    placed_at: dt.datetime
    pay_by: dt.datetime | None = None
    is_held: bool = False
    settled_at: dt.datetime | None = None
    packed_at: dt.datetime | None = None
    handed_over_at: dt.datetime | None = None
    delivered_at: dt.datetime | None = None
    promised_to: dt.date | None = None
    ended_at: dt.datetime | None = None
    declined_code: str = ""


def whereabouts(facts: LineFacts) -> Whereabouts:
    """The way of one line."""
    if facts.line_status == LineStatus.DECLINED:
        return _declined(facts)
    if is_over(facts.order_status):
        return _ended(facts)
    phase = _phase(facts)
    now, then = _sentences(facts)
    return Whereabouts(_stations(facts, phase), now, then)


_PHASES = {
    OrderStatus.AWAITING_PAYMENT: 0,
    OrderStatus.AWAITING_PRESCRIPTION: 1,
    OrderStatus.IN_REVIEW: 2,
    OrderStatus.CLARIFICATION: 2,
    OrderStatus.APPROVED: 3,
    OrderStatus.PREPARING: 3,
    OrderStatus.DISPATCHED: 4,
    OrderStatus.DELIVERED: 5,
}


def _phase(facts: LineFacts) -> int:
    phase = _PHASES[OrderStatus(facts.order_status)]
    return 3 if phase in (1, 2) and facts.line_status == LineStatus.CLEARED else phase


def _stations(facts: LineFacts, phase: int) -> tuple[Station, ...]:
    def state(at: int) -> str:
        if phase == at:
            return "wait" if at in (0, 1) or (at == 2 and _asked(facts)) else "now"
        return "done" if phase > at else ""

    first = Station("Placed" if phase else "Your payment", facts.placed_at if phase else None, state(0))
    if facts.by_rule:
        cleared = "done" if phase >= 1 else ""
        middle: tuple[Station, ...] = (
            Station("Cleared by rule", facts.placed_at if phase else None, cleared, wide=True),
        )
    else:
        turn = "Your answer" if phase == 2 and _asked(facts) else "Pharmacist"
        decided = facts.settled_at if phase > 2 else None
        middle = (Station("Prescription", None, state(1)), Station(turn, decided, state(2)))
    return (
        first,
        *middle,
        Station("Packing", facts.packed_at, state(3)),
        Station("On its way", facts.handed_over_at, state(4)),
        Station("With you", facts.delivered_at or facts.promised_to, "done" if phase == 5 else ""),
    )


def _asked(facts: LineFacts) -> bool:
    return facts.order_status == OrderStatus.CLARIFICATION


def _sentences(facts: LineFacts) -> tuple[Words, Words]:
    status = OrderStatus(facts.order_status)
    by = {"promised": facts.promised_to, "place": facts.place, "pay_by": facts.pay_by, "delivered": facts.delivered_at}
    if facts.line_status == LineStatus.CLEARED and status in (
        OrderStatus.AWAITING_PRESCRIPTION, OrderStatus.IN_REVIEW, OrderStatus.CLARIFICATION,
    ):  # fmt: skip
        return Words("Cleared."), Words("Next: packed together with the lines that are still with the pharmacist.")
    if status == OrderStatus.PREPARING and facts.packed_at is not None:
        return Words("Packed in %(place)s.", by), Words("Next: handed to the carrier. With you by %(promised)s.", by)
    now, then = _SENTENCES[status]
    return Words(now, by), Words(then, by)


_SENTENCES = {
    OrderStatus.AWAITING_PAYMENT: (
        "Waiting for your payment.",
        "Nothing is held on your card yet. Pay by %(pay_by)s; after that the order ends by itself.",
    ),
    OrderStatus.AWAITING_PRESCRIPTION: (
        "Waiting for your prescription.",
        "Next: a pharmacist looks at it. Nothing is charged before that.",
    ),
    OrderStatus.IN_REVIEW: (
        "With the pharmacist.",
        "Next: cleared, or a question to you. Nothing is charged before that.",
    ),
    OrderStatus.CLARIFICATION: (
        "Waiting for you.",
        "Next: the pharmacist reads your answer. Nothing is charged meanwhile.",
    ),
    OrderStatus.APPROVED: ("Cleared.", "Next: packed in %(place)s, then charged. With you by %(promised)s."),
    OrderStatus.PREPARING: (
        "Being packed in %(place)s.",
        "Next: charged and handed to the carrier. With you by %(promised)s.",
    ),
    OrderStatus.DISPATCHED: ("On its way.", "With you by %(promised)s."),
    OrderStatus.DELIVERED: ("With you.", "Delivered %(delivered)s."),
}

_WHY = {
    "declined_by_pharmacist": "The pharmacist’s reason stands below.",
    "out_of_stock": "It ran out before it could be packed.",
    "recalled": "Its maker called it back.",
    "lapsed": "The clearance ran out before it was packed.",
    "not_supplied": "It may not be supplied there.",
}


def _declined(facts: LineFacts) -> Whereabouts:
    stations = (
        Station("Placed", facts.placed_at, "done", wide=True),
        Station(
            "Declined" if facts.declined_code == "declined_by_pharmacist" else "Not supplied", facts.settled_at, "over"
        ),
    )
    return Whereabouts(
        stations, Words("Not supplied, not charged."), Words(_WHY.get(facts.declined_code, "")), over=True
    )


_ENDS = {
    OrderStatus.CANCELLED: ("Cancelled", "Cancelled, not charged.", "What was held on your card is released."),
    OrderStatus.REJECTED: ("Declined", "Not supplied, not charged.", "What was held on your card is released."),
    OrderStatus.EXPIRED: ("Ended", "Not paid in time.", "Nothing was charged. You can order again."),
    OrderStatus.RETURNED: ("Returned", "Came back to us.", "Medicines that came back are destroyed, never sold again."),
}


def _ended(facts: LineFacts) -> Whereabouts:
    label, now, then = _ENDS[OrderStatus(facts.order_status)]
    if facts.order_status == OrderStatus.EXPIRED and facts.is_held:
        then = "What was held on your card is released."
    stations = (Station("Placed", facts.placed_at, "done", wide=True), Station(label, facts.ended_at, "over"))
    return Whereabouts(stations, Words(now), Words(then), over=True)


LEDES = {
    OrderStatus.AWAITING_PAYMENT: "It is kept for you until %(pay_by)s. Nothing is held on your card yet.",
    OrderStatus.AWAITING_PRESCRIPTION: "We need your prescription. The money is held on your card, not taken.",
    OrderStatus.IN_REVIEW: "A pharmacist is looking at it. The money is held on your card, not taken.",
    OrderStatus.CLARIFICATION: "A pharmacist has a question. The money is held on your card, not taken.",
    OrderStatus.APPROVED: "Cleared, and next on the dispensing bench.",
    OrderStatus.PREPARING: "It is being packed. Your card is charged when the box is closed.",
    OrderStatus.DISPATCHED: "It is on its way to you.",
    OrderStatus.DELIVERED: "It is with you.",
    OrderStatus.REJECTED: "It could not be supplied, and nothing is charged.",
    OrderStatus.CANCELLED: "It was cancelled, and nothing is charged.",
    OrderStatus.EXPIRED: "It was not paid in time and has ended. Nothing was charged.",
    OrderStatus.RETURNED: "It came back to us.",
}

# What the journal calls it -> what the customer reads. Kinds that are not here are not shown.
HAPPENED = {
    "order.placed": "Order placed",
    "order.awaiting_prescription": "Waiting for a prescription",
    "order.in_review": "Put before a pharmacist",
    "order.clarification": "The pharmacist asked you something",
    "order.approved": "Cleared for packing",
    "order.preparing": "Packing begun",
    "order.dispatched": "Handed to the carrier",
    "order.delivered": "Delivered",
    "order.rejected": "Could not be supplied",
    "order.cancelled": "Order cancelled",
    "order.expired": "Order ended unpaid",
    "order.returned": "Came back to us",
    "document.attached": "Your prescription arrived",
    "payment.authorized": "Money held on your card, not taken",
    "payment.failed": "A card was declined",
    "payment.captured": "Card charged",
    "payment.voided": "The hold on your card was released",
    "payment.refunded": "Your money was sent back",
    "payment.capture_failed": "The card could not be charged",
    "parcel.packed": "Box closed",
    "parcel.labelled": "Carrier booked",
}
