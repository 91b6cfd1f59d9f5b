"""What an order asks of the gate: requests for its lines, documents to go with them, and taking all of it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.clock import AppNow
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, Refused
from pharmacy.transactions import joins_transaction
from prescriptions.actions import clinical_check
from prescriptions.actions.checks import run_checks
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.acting import is_known_to, refuse_ended_right
from prescriptions.queries.authority import today_at
from prescriptions.rules.checks import PRESCRIPTION_CLASSES

KNOWN = ("general_sale", "pharmacy_only", *PRESCRIPTION_CLASSES)


class NotSupplied(Refused):
    """A supply class that nobody has decided about is refused (domain rule 11)."""

    code = "not-supplied"
    title = "This is not supplied"


class PatientNeeded(Refused):
    """A prescription medicine is for somebody: a signed-in customer and a patient of theirs."""

    code = "patient-needed"
    title = "Say who the medicine is for"


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """One order line: `id` becomes the request's and the stock holder's; `units` = packs x the pack's size."""

    id: UUID
    pack_id: int
    packs: int
    units: Decimal
    supply_class: str


@joins_transaction
def request_supply(
    lines: list[SupplyLine],
    *,
    order_reference: str,
    customer: User | None,
    patient: Patient | None,
    site: Site,
    country: str,
    region: str,
    documents: Iterable[UUID],
    is_test: bool,
    by: Any,
) -> list[SupplyRequest]:
    """Ask to hand over every line of an order; general sale is cleared at once, by rule. In the order of `lines`.

    Raises NotSupplied, PatientNeeded, NotFound (a document of somebody else), RightEnded (a carer's).
    Two statements for any number of lines,
    one more for general sale, one for the event.
    """
    _refuse_unknown(lines, customer, patient)
    if patient is not None and (patient.relation != "self" or patient.owner_id != getattr(customer, "pk", None)):
        refuse_ended_right(patient, customer, on=today_at(site))
    requests = [
        SupplyRequest(
            id=line.id,
            order_reference=order_reference,
            customer=customer,
            patient=patient if line.supply_class != "general_sale" else None,
            site=site,
            country=country,
            region=region,
            pack_id=line.pack_id,
            packs_asked=line.packs,
            packs=line.packs,
            units=line.units,
            supply_class=str(line.supply_class),
            status="cleared" if line.supply_class == "general_sale" else "waiting",
            is_test=is_test,
        )
        for line in lines
    ]
    SupplyRequest.objects.bulk_create(requests)
    by_rule = [request for request in requests if request.status == "cleared"]
    if by_rule:
        clinical_check.clear_by_rule(by_rule)
    wanted = list(documents)
    if wanted:
        attach_documents(order_reference, wanted, by=by)
    counts = {"lines": len(requests), "cleared": len(by_rule)}
    record("supply.requested", about=("order", order_reference), by=by, order=order_reference, **counts)
    return requests


def _refuse_unknown(lines: list[SupplyLine], customer: User | None, patient: Patient | None) -> None:
    for line in lines:
        if line.supply_class not in KNOWN:
            raise NotSupplied(request=str(line.id))
        if line.supply_class in PRESCRIPTION_CLASSES and (customer is None or patient is None):
            raise PatientNeeded
    if patient is not None and (customer is None or not is_known_to(customer, patient)):
        raise NotFound


@joins_transaction
def attach_documents(order_reference: str, documents: Iterable[UUID], *, by: Any) -> None:
    """Put a customer's uploaded documents with their order; an open case sees them at once and checks run anew.

    Raises NotFound when one is somebody else's, refused, or belongs to another order. Attaching twice is harmless.
    """
    wanted = set(documents)
    first = SupplyRequest.objects.filter(order_reference=order_reference).exclude(customer=None).first()
    if first is None:
        raise NotFound
    # The case first, as in every verb: a pharmacist who is just deciding is waited for, and the next one is Overtaken.
    case = Case.objects.open().filter(order_reference=order_reference).select_for_update(of=("self",)).first()
    patient = SupplyRequest.objects.filter(order_reference=order_reference, patient__isnull=False).first()
    fresh = Document.objects.filter(pk__in=wanted, owner=first.customer_id, removed_at=None).exclude(state="refused")
    mine = fresh.filter(Q(order_reference="") | Q(order_reference=order_reference))
    changed = mine.update(order_reference=order_reference, patient=patient.patient_id if patient else None)
    if changed != len(wanted):
        raise NotFound
    record(
        "document.attached", about=("order", order_reference), by=by, order=order_reference, documents=sorted(wanted)
    )
    if case is not None:
        run_checks(case, by=by)


@joins_transaction
def withdraw_requests(order_reference: str, *, by: Any) -> None:
    """Take back what waits and every unused clearance of an order, and close its case. What was handed over stays."""
    cases = list(Case.objects.open().filter(order_reference=order_reference).select_for_update(of=("self",)))
    live = SupplyRequest.objects.filter(order_reference=order_reference, status__in=["waiting", "cleared"])
    ids = list(live.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    if not ids and not cases:
        return
    clinical_check.take_back(ids)
    SupplyRequest.objects.filter(pk__in=ids, status__in=["waiting", "cleared"]).update(status="withdrawn")
    for case in cases:
        Case.objects.filter(pk=case.pk).update(
            status="withdrawn", closed_at=AppNow(), claimed_by=None, claimed_until=None
        )
        record("clinical_check.withdrawn", about=case, by=by, order=order_reference, case=case.pk)
    record("supply.withdrawn", about=("order", order_reference), by=by, order=order_reference, requests=len(ids))
