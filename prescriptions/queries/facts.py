"""Gathers what the checks look at: a fixed number of statements for all requests of a case."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q

from catalog.models.product import ProductSubstance, Supply
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.clinical import clinical_of
from prescriptions.queries.history import as_supplied, recent, supplied_before, together
from prescriptions.queries.papers import SamePrescription, papers_of, same_of
from prescriptions.queries.told import told_by
from prescriptions.rules.facts import (
    Facts,
    Ingredient,
    PatientTold,
    Prescribed,
    PrescribedBy,
    Requested,
    SamePaper,
    Supplied,
    Told,
)

DEAD = ("rejected", "revoked")


def ingredients_of(product_ids: Iterable[int]) -> dict[int, tuple[Ingredient, ...]]:
    """The substances of products with all their names and ATC codes (2 statements)."""
    found: dict[int, list[Ingredient]] = defaultdict(list)
    rows = (
        ProductSubstance.objects.filter(product_id__in=set(product_ids))
        .select_related("substance")
        .prefetch_related("substance__names")
        .order_by("product_id", "position")
    )
    for row in rows:
        known = row.substance
        names = (known.name, row.listed_as, *sorted(name.name for name in known.names.all()))
        found[row.product_id].append(Ingredient(known.name, names, row.strength, tuple(known.atc_codes), known.pk))
    return {product: tuple(parts) for product, parts in found.items()}


def facts_of(
    requests: list[SupplyRequest], *, beside: Sequence[SupplyRequest] = (), order_reference: str, today: date
) -> dict[Any, Facts]:
    """Facts of every request of one order (at most 14 statements, whatever the number of lines).

    `requests` come with pack and product, item, prescription and prescriber, patient and site joined. `beside`: the
    order's other lines, decided already or cleared by rule. They are taken too.
    """
    earlier = supplied_before(requests)
    lines = sorted([*requests, *beside], key=lambda line: line.pk)  # the same facts read the same, whoever asks
    parts = ingredients_of(request.pack.product_id for request in [*lines, *earlier])
    classes = classes_today(requests, today)
    asked = {request.pk: _requested(request, parts, classes) for request in requests}
    others = {request.pk: _beside(request, parts) for request in lines}
    zone = requests[0].site.time_zone
    supplies = recent((as_supplied(row, parts.get(row.pack.product_id, ()), zone=zone) for row in earlier), today)
    medicines, allergies = told_by(next((request.patient for request in requests if request.patient), None))
    known = together(list(others.values()), supplies, medicines)
    papers = tuple(sorted(papers_of(order_reference), key=repr))
    same = same_of(item.prescription for request in requests if (item := request.prescription_item))
    clinical = clinical_of(_names(others.values(), supplies, medicines))
    return {
        request.pk: Facts(
            today=today,
            requested=asked[request.pk],
            prescribed=_prescribed(request.prescription_item),
            patient=_told(request),
            papers=papers,
            other_lines=tuple(line for key, line in others.items() if key != request.pk),
            prescriber=_prescriber(request.prescription_item),
            supplies=supplies if request.patient_id else (),
            together=known.get(str(request.pk)) if known else None,
            clinical=clinical,
            same_papers=_same(request.prescription_item, same),
            medicines_told=medicines if request.patient_id else (),
            allergies_told=allergies if request.patient_id else (),
        )
        for request in requests
    }


def _names(lines: Iterable[Requested], supplies: Iterable[Supplied], told: Iterable[Told]) -> set[str]:
    """Names of everything that is taken: rules of the other medicines may speak of this one."""
    several = [*(line.ingredients for line in lines), *(one.ingredients for one in supplies)]
    several += [piece.ingredients for piece in told]
    return {name for parts in several for part in parts for name in part.names}


def _same(item: PrescriptionItem | None, same: dict[Any, list[SamePrescription]]) -> tuple[SamePaper, ...]:
    found = same.get(item.prescription_id, []) if item else []
    return tuple(sorted((SamePaper(one.same_number, one.of_another_owner) for one in found), key=repr))


def classes_today(requests: Iterable[SupplyRequest], today: date) -> dict[tuple[int, str], str]:
    """The supply class of each product in each country on a day; none where nobody decided (1 statement)."""
    products = {request.pack.product_id for request in requests}
    rows = Supply.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=today),
        Q(valid_until=None) | Q(valid_until__gte=today),
        product__in=products,
        country__in={request.country for request in requests},
    )
    return {(row.product_id, row.country): str(row.supply_class) for row in rows}


def _requested(
    request: SupplyRequest, parts: dict[int, tuple[Ingredient, ...]], classes: dict[tuple[int, str], str]
) -> Requested:
    product, item = request.pack.product, request.prescription_item
    return Requested(
        id=str(request.pk),
        supply_class=request.supply_class,
        ingredients=parts.get(product.pk, ()),
        units=request.units,
        units_a_pack=request.units / request.packs,
        route=product.route,
        form=f"{product.form} {product.form_listed}",
        country=request.country,
        class_now=classes.get((product.pk, request.country), ""),
        dose_text=item.dose_text if item else "",
    )


def _beside(request: SupplyRequest, parts: dict[int, tuple[Ingredient, ...]]) -> Requested:
    """A line as the checks of the others see it: as it was asked for, so that deciding it changes nothing for them."""
    line = _requested(request, parts, {})
    return replace(line, units=line.units_a_pack * request.packs_asked)


def _prescribed(item: PrescriptionItem | None) -> Prescribed | None:
    if item is None:
        return None
    paper = item.prescription
    return Prescribed(
        substance=item.substance,
        strength=item.strength,
        dose_text=item.dose_text,
        quantity=item.quantity,
        repeats=item.repeats,
        supplied=item.supplied_units,
        issued_on=paper.issued_on,
        valid_until=paper.valid_until,
        validity_rule=paper.validity_rule,
        is_revoked=paper.status in DEAD,
        item=str(item.pk),
        not_before=paper.not_before,
    )


def _prescriber(item: PrescriptionItem | None) -> PrescribedBy | None:
    if item is None:
        return None
    who, written = item.prescription.prescriber, item.prescription.prescriber_written
    verified_on = who.verified_at.date() if who.verified_at else None
    return PrescribedBy(who.name, who.number, verified_on, who.verified_how, written)


def _told(request: SupplyRequest) -> PatientTold | None:
    patient = request.patient
    if patient is None:
        return None
    return PatientTold(
        patient.birthday,
        patient.allergies,
        patient.medicines,
        sex=patient.sex,
        conditions=patient.conditions,
        pregnancy=patient.pregnancy,
        breastfeeding=patient.breastfeeding,
        kidney=patient.kidney,
        liver=patient.liver,
        weight_kg=patient.weight_kg,
    )
