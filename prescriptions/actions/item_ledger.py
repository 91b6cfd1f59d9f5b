"""Counts what was promised on a prescription item. The only writer of `supplied_units`, with its ledger."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F

from pharmacy.clock import db_now
from pharmacy.refusals import Overtaken, Refused
from pharmacy.transactions import joins_transaction
from prescriptions.models.ledger import SupplyEntry
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.rules.quantities import left_now


class NotEnoughLeft(Refused):
    """Less is left on the prescription item than was asked for."""

    code = "not-enough-left"
    title = "Less is left on this prescription"


@joins_transaction
def count(item: PrescriptionItem, units: Decimal) -> None:
    """Promise `units` of an item, over all orders at once. Raises NotEnoughLeft (R-110).

    The row lock puts twenty orders that ask for the same remainder in line; the conditional update and the
    constraint `supplied_never_exceeds_ordered` hold whoever forgets it.
    """
    row = PrescriptionItem.objects.select_for_update().get(pk=item.pk)
    left = left_now(row.quantity, row.repeats, row.supplied_units)
    if units > left:
        raise NotEnoughLeft(left=str(left.normalize()), asked=str(units.normalize()))
    room = PrescriptionItem.objects.filter(pk=row.pk, supplied_units__lte=F("ordered_units") - units)
    if not room.update(supplied_units=F("supplied_units") + units):
        raise NotEnoughLeft
    open_items = PrescriptionItem.objects.filter(
        prescription_id=row.prescription_id, supplied_units__lt=F("ordered_units")
    )
    if not open_items.exists():
        Prescription.objects.filter(pk=row.prescription_id, status="verified").update(status="exhausted")


@joins_transaction
def write(item: PrescriptionItem, clearance_id: UUID, units: Decimal) -> None:
    """Enter a promise in the ledger, beside the count."""
    SupplyEntry.objects.create(item=item, clearance_id=clearance_id, units=units, written_at=db_now())


@joins_transaction
def give_back(item_id: Any, clearance_id: UUID, units: Decimal) -> None:
    """Give units back after a clearance was withdrawn unused. Raises Overtaken when they were not counted."""
    counted = PrescriptionItem.objects.filter(pk=item_id, supplied_units__gte=units)
    if not counted.update(supplied_units=F("supplied_units") - units):
        raise Overtaken
    SupplyEntry.objects.create(item_id=item_id, clearance_id=clearance_id, units=-units, written_at=db_now())
    Prescription.objects.filter(items=item_id, status="exhausted").update(status="verified")
