"""Write down what a prescription says, beside its picture; choose the item that a request is supplied on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.queries.law import prescription_validity
from pharmacy.crypto import blind
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.checks import run_checks
from prescriptions.actions.prescriber import find_prescriber
from prescriptions.actions.review import take
from prescriptions.models.ledger import SupplyEntry
from prescriptions.models.prescription import Prescriber, Prescription, PrescriptionItem
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import pharmacist_of, today_at
from prescriptions.rules.identity import of_paper
from prescriptions.rules.quantities import ordered
from prescriptions.rules.words import plain

FIELDS = ("substance", "strength", "dose_text", "quantity", "repeats", "no_substitution")


class TranscriptionDiffers(Refused):
    """The same item of the same prescription was transcribed before, differently, and supplied on."""

    code = "transcription-differs"
    title = "This item was transcribed differently and supplied on before"


@dataclass(frozen=True, slots=True)
class Transcription:
    """One medicine as the paper says it. `quantity` in units; `prescriber` as "Name, register number".

    `no_substitution`: the paper says that nothing else may be supplied ("dispense as written", aut idem crossed out).
    """

    substance: str
    strength: str
    dose_text: str
    quantity: Decimal
    repeats: int
    issued_on: date
    prescriber: str
    no_substitution: bool = False


@own_transaction
def transcribe(request: SupplyRequest, *, fields: Transcription, by: Any) -> PrescriptionItem:
    """Write an item down and ask the request on it. The same paper written down again is the same item.

    So one paper sent with two orders is counted once. Raises NotAllowed, ClaimedByAnother, NotPossible,
    TranscriptionDiffers.
    """
    case, asked = _take_up(request, by=by)
    _refuse_nonsense(asked, fields)
    paper = _paper(asked, fields)
    item = _item(paper, fields, by=by)
    _ask_on(case, asked, item, by=by)
    return item


@own_transaction
def use_item(request: SupplyRequest, *, item: PrescriptionItem, by: Any) -> PrescriptionItem:
    """Ask a request on an item of the patient that was transcribed before: a repeat. Raises as `transcribe`."""
    case, asked = _take_up(request, by=by)
    if item.prescription.patient_id != asked.patient_id or item.prescription.is_test != asked.is_test:
        raise NotPossible("This item belongs to another patient.")
    _ask_on(case, asked, item, by=by)
    return item


@joins_transaction
def end_what_ran_out(before: date) -> int:
    """Mark prescriptions whose last day lies before a day as expired; how many. What was supplied on them stays."""
    over = Prescription.objects.filter(status__in=["submitted", "clarification", "verified"], valid_until__lt=before)
    return over.update(status="expired")


def _take_up(request: SupplyRequest, *, by: Any) -> tuple[Case, SupplyRequest]:
    asked = SupplyRequest.objects.select_related("case__site", "patient").get(pk=request.pk)
    if asked.case is None or asked.patient is None:
        raise NotPossible("This request is not before a pharmacist, or names no patient.")
    user = pharmacist_of(asked.case.site, by=by)
    case = take(asked.case, by=by, user=user)
    asked.refresh_from_db(fields=["status"])
    if asked.status != "waiting":
        raise NotPossible("This request has been decided.")
    return case, asked


def _refuse_nonsense(asked: SupplyRequest, fields: Transcription) -> None:
    texts = (fields.substance, fields.strength, fields.dose_text, fields.prescriber)
    if not all(text.strip() for text in texts):
        raise NotPossible("Substance, strength, dose text and prescriber are written down as they stand.")
    if not 0 < fields.quantity <= 100_000 or not 0 <= fields.repeats <= 99:
        raise NotPossible("The quantity or the repeats can't be right.")
    if fields.issued_on > today_at(asked.site):
        raise NotPossible("The day of issue has not come yet.")


def _paper(asked: SupplyRequest, fields: Transcription) -> Prescription:
    rule = prescription_validity(asked.country, asked.region, asked.supply_class)
    until = rule.ends_on(fields.issued_on) if rule else None
    name, number = _as_written(fields.prescriber)
    prescriber, _ = find_prescriber(asked.country, name=name, number=number)
    same = {"patient": asked.patient, "prescriber": prescriber, "issued_on": fields.issued_on, "is_test": asked.is_test}
    # One that came as data and is completed by a person is that one; a plain paper has no number of its own.
    known = Prescription.objects.filter(**same).order_by("number_key").first()
    facts = {
        "country": asked.country,
        "region": asked.region,
        "valid_until": until,
        "validity_rule": rule.code if rule else "",
        "same_paper_key": _same_paper_key(asked, prescriber, fields.issued_on),
    }
    paper, is_new = (
        (known, False) if known else Prescription.objects.get_or_create(**same, number_key="", defaults=facts)
    )
    if not is_new and paper.valid_until is None and rule is not None:
        paper.valid_until, paper.validity_rule = until, rule.code
        Prescription.objects.filter(pk=paper.pk, valid_until=None).update(valid_until=until, validity_rule=rule.code)
    if paper.prescriber_written != name:
        paper.prescriber_written = name
        paper.save(update_fields=["prescriber_written_sealed"])
    return paper


def _same_paper_key(asked: SupplyRequest, prescriber: Prescriber, issued_on: date) -> str:
    assert asked.patient is not None  # asked for by `_take_up`
    who = asked.patient
    return blind(of_paper(who.name, who.born_on, prescriber.number or prescriber.name, issued_on), "same paper")


def _as_written(written: str) -> tuple[str, str]:
    """ "Ines Okonjo, 1993999998" as a name and a register number; "" for none."""
    name, comma, number = written.rpartition(",")
    name, number = (name.strip(), number.strip()) if comma else (written.strip(), "")
    if number and not any(letter.isdigit() or letter == "-" for letter in number):
        name, number = written.strip(), ""  # "Okonjo, S." is a name
    return name, number


def _item(paper: Prescription, fields: Transcription, *, by: Any) -> PrescriptionItem:
    key = blind(f"{paper.pk}|{plain(fields.substance)}|{''.join(fields.strength.casefold().split())}", "item")
    item = PrescriptionItem.objects.select_for_update().filter(prescription=paper, key=key).first()
    if item is None:
        item = PrescriptionItem(prescription=paper, key=key)
    elif all(getattr(item, name) == getattr(fields, name) for name in FIELDS):
        return item
    elif SupplyEntry.objects.filter(item=item).exists():
        raise TranscriptionDiffers
    else:
        item.version += 1
    for name in FIELDS:
        setattr(item, name, getattr(fields, name))
    item.ordered_units = ordered(fields.quantity, fields.repeats)
    item.transcribed_by = by
    item.save()
    return item


def _ask_on(case: Case, asked: SupplyRequest, item: PrescriptionItem, *, by: Any) -> None:
    SupplyRequest.objects.filter(pk=asked.pk, status="waiting").update(prescription_item=item)
    record("prescription.transcribed", about=asked, by=by, order=asked.order_reference, item=item.pk)
    run_checks(case, by=by)
