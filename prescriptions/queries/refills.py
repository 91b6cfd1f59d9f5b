"""What is left, when it runs out, and what is due: for the account's pages, the job, and the basket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.models.refill import Refill
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.acting import known_to
from prescriptions.queries.owner import last_supplies
from prescriptions.rules.quantities import left_in_all
from prescriptions.rules.refill import Parcel, parcels
from prescriptions.rules.run_out import run_out


@dataclass(frozen=True, slots=True)
class Repeat:
    """One medicine on a prescription: what is left, when the last supply is used up, the reminder if there is one."""

    item: PrescriptionItem
    paper: Prescription
    patient: Patient
    left: Decimal
    run_out: date | None
    refill: Refill | None
    was_supplied: bool
    is_valid: bool

    @property
    def can_repeat(self) -> bool:
        """Can it be ordered again on this prescription?"""
        return self.is_valid and self.left > 0

    @property
    def ends_first(self) -> bool:
        """Does the prescription end before this supply is used up? Then it has to be ordered sooner (R-113)."""
        until = self.paper.valid_until
        return self.can_repeat and self.run_out is not None and until is not None and until < self.run_out

    @property
    def is_last(self) -> bool:
        """Is the next supply the last one on it, or was it supplied whole? Then a new one is needed in time (R-113)."""
        return self.was_supplied and self.left <= self.item.quantity and (self.is_valid or self.left == 0)


def is_prescribed_now(item: PrescriptionItem, *, on: date) -> bool:
    """Is it prescribed on that day, with something left?"""
    paper = item.prescription
    in_time = _in_time(paper, on)
    return paper.status == "verified" and in_time and left_in_all(item.quantity, item.repeats, item.supplied_units) > 0


def is_controlled(item: PrescriptionItem) -> bool:
    """Was it ever supplied as a controlled medicine?"""
    return SupplyRequest.objects.filter(prescription_item=item, supply_class="controlled").exists()


def _in_time(paper: Prescription, on: date) -> bool:
    begun = paper.not_before is None or paper.not_before <= on
    return begun and paper.valid_until is not None and paper.valid_until >= on


def item_of(item_id: UUID, user: Any) -> PrescriptionItem | None:
    """An item of a patient this customer acts for, or None."""
    mine = PrescriptionItem.objects.filter(pk=item_id, prescription__patient__in=known_to(user))
    return mine.select_related("prescription").first()


def last_packs(item_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """(pack, how many) that was last supplied on each item."""
    rows = SupplyRequest.objects.filter(prescription_item__in=list(item_ids), status__in=["cleared", "supplied"])
    found = rows.order_by("created_at").values_list("prescription_item_id", "pack_id", "packs")
    return {item: (pack, packs) for item, pack, packs in found if item is not None}


def run_out_of(item: PrescriptionItem) -> date | None:
    """The first day without medicine after the last supply; None where nobody can say."""
    used = last_supplies([item.pk]).get(item.pk)
    return run_out(item.dose_text, used[1], since=used[0].date()) if used else None


def repeats_of(user: Any, *, on: date) -> list[Repeat]:
    """Everything prescribed to those this customer acts for, what runs out first above (4 statements)."""
    joined = ("prescription__patient", "prescription__prescriber")
    items = PrescriptionItem.objects.filter(
        prescription__patient__in=known_to(user), prescription__status__in=["verified", "exhausted"]
    )
    rows = list(items.select_related(*joined).order_by("-transcribed_at")[:100])
    last = last_supplies(one.pk for one in rows)
    live = {one.item_id: one for one in Refill.objects.filter(customer=user, stopped_at=None)}
    found = [_repeat(one, last.get(one.pk), live.get(one.pk), on) for one in rows]
    return sorted(found, key=lambda one: (not one.can_repeat, one.run_out or date.max, one.item.substance))


def _repeat(item: PrescriptionItem, used: Any, refill: Refill | None, on: date) -> Repeat:
    paper = item.prescription
    ends = run_out(item.dose_text, used[1], since=used[0].date()) if used else None
    if refill is not None and (ends is None or refill.runs_out_on > ends):
        ends = refill.runs_out_on
    return Repeat(
        item=item,
        paper=paper,
        patient=paper.patient,
        left=left_in_all(item.quantity, item.repeats, item.supplied_units),
        run_out=ends,
        refill=refill,
        was_supplied=used is not None,
        is_valid=paper.status == "verified" and _in_time(paper, on),
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """One parcel: the day to order, for whom, and what goes in."""

    parcel: Parcel
    patient: Patient
    repeats: list[Repeat]


def planned(repeats: list[Repeat], *, on: date) -> list[Planned]:
    """Parcels ahead, a patient at a time, because an order is for one patient; earliest first. No statement."""
    found: list[Planned] = []
    for patient in {one.patient.pk: one.patient for one in repeats}.values():
        mine = {
            str(one.item.pk): one
            for one in repeats
            if one.patient.pk == patient.pk and one.can_repeat and one.run_out is not None
        }
        runs = [(key, one.run_out) for key, one in mine.items() if one.run_out is not None]
        for parcel in parcels(runs, today=on):
            found.append(Planned(parcel, patient, [mine[key] for key in parcel.keys]))
    return sorted(found, key=lambda one: one.parcel.order_on)


def packs_to_repeat(user: Any, item_ids: list[UUID], *, on: date) -> list[tuple[int, int]]:
    """(pack, how many) of items that can be ordered again, as they were supplied last; strangers' are left out."""
    known = {one.item.pk for one in repeats_of(user, on=on) if one.can_repeat}
    packs = last_packs([one for one in item_ids if one in known])
    return [packs[one] for one in item_ids if one in packs]


def customers_due(on: date, *, limit: int) -> list[UUID]:
    """Customers with a reminder to write on that day."""
    due = Refill.objects.filter(stopped_at=None, noticed_at=None, due_on__lte=on)
    return list(due.order_by("customer_id").values_list("customer_id", flat=True).distinct()[:limit])
