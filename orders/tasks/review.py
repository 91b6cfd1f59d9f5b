"""The pharmacist's decisions reach the order."""

from __future__ import annotations

from orders.actions import review
from orders.models.order import Order
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on


def _order_of(event: Event) -> Order | None:
    return Order.objects.filter(reference=event.facts.get("order", "")).first()


@on("supply.approved", "supply.declined", "supply.lapsed", "clinical_check.closed")
def follow(event: Event) -> None:
    """Bring the order to what was decided (decision 14: a refusal's release is owed in its own commit)."""
    order = _order_of(event)
    if order is not None:
        review.settle(order, by="job:review")


@on("clinical_check.question_asked", "clinical_check.question_answered")
def follow_question(event: Event) -> None:
    """Show on the order whose turn it is."""
    order = _order_of(event)
    if order is not None:
        review.note_question(order, answered=event.kind.endswith("answered"), by="job:review")


@on("document.attached", "document.ready")
def follow_prescription(event: Event) -> None:
    """A prescription arrived for an order that waits for one."""
    order = _order_of(event)
    if order is not None:
        review.put_before_pharmacist(order, by="job:review")
