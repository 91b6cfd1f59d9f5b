"""Where a line is, in plain words: stations on a way, one sentence now, one sentence next.

Texts are messages with %(name)s places, translated and filled in by the page; dates stay dates until then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from orders.rules.moves import LineStatus, OrderStatus, is_over
from pharmacy.texts import gettext_noop as _

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
    is_claimed: bool = False


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

    first = Station(_("Placed") if phase else _("Your payment"), facts.placed_at if phase else None, state(0))
    if facts.by_rule:
        cleared = "done" if phase >= 1 else ""
        middle: tuple[Station, ...] = (
            Station(_("Cleared by rule"), facts.placed_at if phase else None, cleared, wide=True),
        )
    else:
        turn = _("Your answer") if phase == 2 and _asked(facts) else _("Pharmacist")
        decided = facts.settled_at if phase > 2 else None
        middle = (Station(_("Prescription"), None, state(1)), Station(turn, decided, state(2)))
    return (
        first,
        *middle,
        Station(_("Packing"), facts.packed_at, state(3)),
        Station(_("On its way"), facts.handed_over_at, state(4)),
        Station(_("With you"), facts.delivered_at or facts.promised_to, "done" if phase == 5 else ""),
    )


def _asked(facts: LineFacts) -> bool:
    return facts.order_status == OrderStatus.CLARIFICATION


def _sentences(facts: LineFacts) -> tuple[Words, Words]:
    status = OrderStatus(facts.order_status)
    by = {"promised": facts.promised_to, "place": facts.place, "pay_by": facts.pay_by, "delivered": facts.delivered_at}
    if facts.line_status == LineStatus.CLEARED and status in (
        OrderStatus.AWAITING_PRESCRIPTION, OrderStatus.IN_REVIEW, OrderStatus.CLARIFICATION,
    ):  # fmt: skip
        return Words(_("Cleared.")), Words(
            _("Next: packed together with the lines that are still with the pharmacist.")
        )
    if status == OrderStatus.PREPARING and facts.packed_at is not None:
        return Words(_("Packed in %(place)s."), by), Words(
            _("Next: handed to the carrier. With you by %(promised)s."), by
        )
    now, then = _SENTENCES[status]
    if status == OrderStatus.IN_REVIEW and not facts.is_claimed:
        now = UNCLAIMED
    return Words(now, by), Words(then, by)


_SENTENCES = {
    OrderStatus.AWAITING_PAYMENT: (
        _("Waiting for your payment."),
        _("Nothing is held on your card yet. Pay by %(pay_by)s; after that the order ends by itself."),
    ),
    OrderStatus.AWAITING_PRESCRIPTION: (
        _("Waiting for your prescription."),
        _("Next: a pharmacist looks at it. Nothing is charged before that."),
    ),
    OrderStatus.IN_REVIEW: (
        _("With the pharmacist."),
        _("Next: cleared, or a question to you. Nothing is charged before that."),
    ),
    OrderStatus.CLARIFICATION: (
        _("Waiting for you."),
        _("Next: the pharmacist reads your answer. Nothing is charged meanwhile."),
    ),
    OrderStatus.APPROVED: (_("Cleared."), _("Next: packed in %(place)s, then charged. With you by %(promised)s.")),
    OrderStatus.PREPARING: (
        _("Being packed in %(place)s."),
        _("Next: charged and handed to the carrier. With you by %(promised)s."),
    ),
    OrderStatus.DISPATCHED: (_("On its way."), _("With you by %(promised)s.")),
    OrderStatus.DELIVERED: (_("With you."), _("Delivered %(delivered)s.")),
}

_WHY = {
    "declined_by_pharmacist": _("The pharmacist’s reason stands below."),
    "out_of_stock": _("It ran out before it could be packed."),
    "recalled": _("Its maker called it back."),
    "lapsed": _("The clearance ran out before it was packed."),
    "not_supplied": _("It may not be supplied there."),
}


def _declined(facts: LineFacts) -> Whereabouts:
    stations = (
        Station(_("Placed"), facts.placed_at, "done", wide=True),
        Station(
            _("Declined") if facts.declined_code == "declined_by_pharmacist" else _("Not supplied"),
            facts.settled_at,
            "over",
        ),
    )
    return Whereabouts(
        stations, Words(_("Not supplied, not charged.")), Words(_WHY.get(facts.declined_code, "")), over=True
    )


_ENDS = {
    OrderStatus.CANCELLED: (_("Cancelled"), _("Cancelled, not charged."), _("What was held on your card is released.")),
    OrderStatus.REJECTED: (
        _("Declined"),
        _("Not supplied, not charged."),
        _("What was held on your card is released."),
    ),
    OrderStatus.EXPIRED: (_("Ended"), _("Not paid in time."), _("Nothing was charged. You can order again.")),
    OrderStatus.RETURNED: (
        _("Returned"),
        _("Came back to us."),
        _("Medicines that came back are destroyed, never sold again."),
    ),
}


def _ended(facts: LineFacts) -> Whereabouts:
    label, now, then = _ENDS[OrderStatus(facts.order_status)]
    if facts.order_status == OrderStatus.EXPIRED and facts.is_held:
        then = _("What was held on your card is released.")
    stations = (Station(_("Placed"), facts.placed_at, "done", wide=True), Station(label, facts.ended_at, "over"))
    return Whereabouts(stations, Words(now), Words(then), over=True)


UNCLAIMED = _("Waits for a pharmacist.")


def lede(status: str, *, pay_by: When, is_claimed: bool) -> Words:
    """The sentence above an order. Nobody is said to look at it before a pharmacist took it up."""
    if status == OrderStatus.IN_REVIEW and not is_claimed:
        return Words(_("It waits for a pharmacist. The money is held on your card, not taken."))
    return Words(LEDES[OrderStatus(status)], {"pay_by": pay_by})


LEDES = {
    OrderStatus.AWAITING_PAYMENT: _("It is kept for you until %(pay_by)s. Nothing is held on your card yet."),
    OrderStatus.AWAITING_PRESCRIPTION: _("We need your prescription. The money is held on your card, not taken."),
    OrderStatus.IN_REVIEW: _("A pharmacist is looking at it. The money is held on your card, not taken."),
    OrderStatus.CLARIFICATION: _("A pharmacist has a question. The money is held on your card, not taken."),
    OrderStatus.APPROVED: _("Cleared, and next on the dispensing bench."),
    OrderStatus.PREPARING: _("It is being packed. Your card is charged when the box is closed."),
    OrderStatus.DISPATCHED: _("It is on its way to you."),
    OrderStatus.DELIVERED: _("It is with you."),
    OrderStatus.REJECTED: _("It could not be supplied, and nothing is charged."),
    OrderStatus.CANCELLED: _("It was cancelled, and nothing is charged."),
    OrderStatus.EXPIRED: _("It was not paid in time and has ended. Nothing was charged."),
    OrderStatus.RETURNED: _("It came back to us."),
}

# What the journal calls it -> what the customer reads. Kinds that are not here are not shown.
HAPPENED = {
    "order.placed": _("Order placed"),
    "order.awaiting_prescription": _("Waiting for a prescription"),
    "order.in_review": _("Put before a pharmacist"),
    "order.clarification": _("The pharmacist asked you something"),
    "order.approved": _("Cleared for packing"),
    "order.preparing": _("Packing begun"),
    "order.dispatched": _("Handed to the carrier"),
    "order.delivered": _("Delivered"),
    "order.rejected": _("Could not be supplied"),
    "order.cancelled": _("Order cancelled"),
    "order.expired": _("Order ended unpaid"),
    "order.returned": _("Came back to us"),
    "document.attached": _("Your prescription arrived"),
    "payment.authorized": _("Money held on your card, not taken"),
    "payment.failed": _("A card was declined"),
    "payment.captured": _("Card charged"),
    "payment.voided": _("The hold on your card was released"),
    "payment.refunded": _("Your money was sent back"),
    "payment.refund_failed": _("Your bank sent our refund back; we look into it"),
    "payment.capture_failed": _("The card could not be charged"),
    "parcel.packed": _("Box closed"),
    "parcel.labelled": _("Carrier booked"),
}
