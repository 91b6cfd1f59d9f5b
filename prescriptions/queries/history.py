"""What a patient had before, and what is known of medicines taken together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from catalog.queries.interactions import Report, among
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.facts import Ingredient, Interaction, Requested, Supplied, Together, Told

LOOK_BACK = timedelta(days=400)


def supplied_before(requests: Sequence[SupplyRequest]) -> list[SupplyRequest]:
    """What the patients of these requests were given on other orders in the last 400 days, with what they bought for
    themselves without a pharmacist (1 statement)."""
    patients = {request.patient_id for request in requests if request.patient_id}
    if not patients:
        return []
    here = requests[0]
    own = {one.customer_id for one in requests if one.patient and one.patient.owner_id == one.customer_id
           and one.patient.relation == "self"}  # fmt: skip
    rows = SupplyRequest.objects.filter(
        Q(patient__in=patients) | Q(patient=None, customer__in=own, supply_class="general_sale"),
        status__in=["cleared", "supplied"], is_test=here.is_test,
    ).exclude(order_reference=here.order_reference)  # fmt: skip
    joined = ("pack__product", "prescription_item", "clearance")
    return list(rows.select_related(*joined).order_by("-created_at", "pk")[:60])


def as_supplied(row: SupplyRequest, parts: tuple[Ingredient, ...], *, zone: str) -> Supplied:
    """One earlier supply as the checks read it; its day is the site's own, when it was dispensed or cleared (R-208)."""
    item, clearance = row.prescription_item, getattr(row, "clearance", None)
    moment = (clearance.used_at or clearance.created_at) if clearance else row.created_at
    return Supplied(
        ingredients=parts,
        units=row.units,
        on=moment.astimezone(ZoneInfo(zone)).date(),
        dose_text=item.dose_text if item else "",
        item=str(item.pk) if item else "",
    )


def recent(supplies: Iterable[Supplied], today: date) -> tuple[Supplied, ...]:
    """Those of the last 400 days."""
    return tuple(one for one in supplies if today - one.on <= LOOK_BACK)


def together(
    lines: Sequence[Requested], supplies: Sequence[Supplied], told: Sequence[Told]
) -> dict[str, Together] | None:
    """What the interaction table says of every line with all the rest; None when no source was loaded.

    At most 2 statements, whatever the number.
    """
    listed = {part.id for piece in told for part in piece.ingredients}
    earlier = {part.id for supply in supplies for part in supply.ingredients if part.id}
    groups = [[part.id for part in line.ingredients if part.id] for line in lines]
    report = among(groups, and_with=sorted((listed | earlier) - {one for group in groups for one in group}))
    if not report.version or report.version.endswith(" 0"):  # no source was loaded
        return None
    unlisted = tuple(piece.text for piece in told if not piece.ingredients)
    return {line.id: _for_line(line, report, unlisted) for line in lines}


def _for_line(line: Requested, report: Report, unlisted: tuple[str, ...]) -> Together:
    mine = {part.id for part in line.ingredients}
    found = [
        Interaction(
            severity=one.severity.value,
            one=one.first.name,
            other=one.second.name,
            text=" ".join(part for part in (one.strongest.mechanism, one.strongest.management) if part),
            source=one.strongest.source_title,
        )
        for one in report.found
        if {one.first.id, one.second.id} & mine
    ]
    silent = [
        report.names[other] for pair in report.not_covered if set(pair) & mine for other in pair if other not in mine
    ]
    strangers = [part.name for part in line.ingredients if part.id not in report.names]
    return Together(tuple(found), tuple(dict.fromkeys(silent)), tuple(strangers), unlisted, report.version)
