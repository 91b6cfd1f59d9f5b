"""Reads FHIR R4 prescriptions: what was ordered, for whom, by whom; and every fault with its path.

Nothing is guessed. A fault either refuses the whole ("refused": not an order, nobody to supply it to, a number with a
wrong check digit) or leaves a medicine for a person ("person": no quantity, a compound, a word that is not known).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Final

from prescriptions.rules.fhir.reading import Author, Item, Person, Reading, Shelf, day_of, name_of, number_of
from prescriptions.rules.fhir.tree import Node
from prescriptions.rules.registers import BY_SYSTEM, fault

ORDERS: Final = {"order", "original-order", "reflex-order", "instance-order"}
MOST: Final = Decimal(100_000)
SMALLEST: Final = Decimal("0.0001")
STRENGTH = re.compile(
    r"(?<![\w.,])\d[\d.,]*(?: ?- ?\d[\d.,]*)? ?(?:mg|milligrams?|mcg|micrograms?|[µμ]g|g|grams?|ml|units?|iu|%)"
    r"(?: ?/ ?\d*[\d.,]* ?(?:mg|mcg|ml|g|hr?|dose|actuat\w*|h))?(?!\w)",
    re.IGNORECASE,
)


def read(root: Node, *, today: date) -> Reading:
    """Read a Bundle or one MedicationRequest with what it contains. Never raises; faults say what is wrong."""
    made = Reading()
    shelf = Shelf(root)
    kind = root.text("resourceType")
    if kind not in ("Bundle", "MedicationRequest"):
        made.refuse(kind or "$this", "not-a-prescription", "Send a Bundle or a MedicationRequest.")
        return made
    _refuse_other_messages(shelf, made)
    orders = shelf.of("MedicationRequest")
    if not orders:
        made.refuse(root, "no-order", "There is no MedicationRequest in it.")
    if len(orders) > 20:
        made.refuse(root, "too-many-orders", "A prescription has at most 20 medicines.")
    if made.is_refused:
        return made
    for order in orders:
        _refuse_what_changes_the_meaning(order, made)
        _refuse_no_order(order, made)
    _who_and_when(shelf, orders, made, today)
    for order in orders:
        _item(shelf, order, made)
    return made


def _refuse_other_messages(shelf: Shelf, made: Reading) -> None:
    for header in shelf.of("MessageHeader"):
        event = header.text("eventCoding", "code") or header.text("eventUri")
        if event != "prescription-order":
            made.refuse(f"{header.path}.eventCoding", "not-an-order", f"A message “{event}” orders no medicine.")
    if any(each.text("resourceType") == "Bundle" for each in shelf.all[1:]) or (
        shelf.root.text("resourceType") == "Bundle" and any(each.text("resourceType") == "Bundle" for each in shelf.all)
    ):
        made.refuse(shelf.root, "bundle-in-bundle", "Send one prescription at a time.")


def _refuse_what_changes_the_meaning(order: Node, made: Reading) -> None:
    for each in order.within():
        if each.has("modifierExtension"):
            made.refuse(f"{each.path}.modifierExtension", "modifier-extension", "It may change the meaning; not known.")
    if order.has("implicitRules"):
        made.refuse(f"{order.path}.implicitRules", "implicit-rules", "It may change the meaning; not known.")
    if order.says("doNotPerform"):
        made.refuse(f"{order.path}.doNotPerform", "do-not-perform", "This is an order not to give it.")


def _refuse_no_order(order: Node, made: Reading) -> None:
    status, intent = order.text("status"), order.text("intent")
    if status != "active":
        made.refuse(f"{order.path}.status", "not-active", f"“{status or 'missing'}” is not an active order.")
    if intent not in ORDERS:
        made.refuse(f"{order.path}.intent", "not-an-order", f"“{intent or 'missing'}” is not an order.")


def _who_and_when(shelf: Shelf, orders: list[Node], made: Reading, today: date) -> None:
    first = orders[0]
    for name in ("subject", "requester"):
        said = {order.text(name, "reference") for order in orders}
        if len(said) > 1:
            made.refuse(f"{orders[-1].path}.{name}", "several", f"All medicines must have the same {name}.")
    made.patient = _patient(shelf, first, made)
    made.author = _author(shelf, first, made)
    made.number = first.text("groupIdentifier", "value") or shelf.root.text("identifier", "value")
    dates = {day_of(order.text("authoredOn")) or _signed_on(shelf) for order in orders}
    made.issued_on = next(iter(dates))
    if len(dates) > 1:
        made.refuse(f"{first.path}.authoredOn", "several", "All medicines must have the same date of issue.")
    elif made.issued_on is None:
        made.ask(f"{first.path}.authoredOn", "date-missing", "It has no full date of issue and no signature with one.")
    elif made.issued_on > today:
        made.refuse(f"{first.path}.authoredOn", "issued-later", "The day of issue has not come yet.")
    spans = [order.one("dispenseRequest", "validityPeriod") for order in orders]
    starts = [day for span in spans if span is not None and (day := day_of(span.text("start")))]
    ends = [day for span in spans if span is not None and (day := day_of(span.text("end")))]
    made.not_before, made.not_after = max(starts, default=None), min(ends, default=None)
    if made.not_after is not None and made.not_after < (made.not_before or made.issued_on or made.not_after):
        made.refuse(f"{first.path}.dispenseRequest.validityPeriod", "period", "It ends before it begins.")


def _signed_on(shelf: Shelf) -> date | None:
    """The day of the prescriber's signature, where the orders are dated by it (the appropriate date of R-101)."""
    signed = {day_of(each.text("when")) for one in shelf.of("Provenance") for each in one.many("signature")}
    return next(iter(signed)) if len(signed) == 1 else None


def _patient(shelf: Shelf, order: Node, made: Reading) -> Person | None:
    found = shelf.at(order.one("subject"), order)
    if found is None or found.text("resourceType") != "Patient":
        made.refuse(f"{order.path}.subject", "patient-missing", "The Patient must be in the bundle.")
        return None
    name, born_on = name_of(found), day_of(found.text("birthDate"))
    if not name:
        made.ask(f"{found.path}.name", "name-missing", "The patient has no name.")
    if born_on is None:
        made.ask(f"{found.path}.birthDate", "birth-date", "The patient has no full birth date.")
    return Person(name, born_on, found.text("gender")) if name and born_on else None


def _author(shelf: Shelf, order: Node, made: Reading) -> Author | None:
    found = shelf.at(order.one("requester"), order)
    person, role = found, None
    if found is not None and found.text("resourceType") == "PractitionerRole":
        role, person = found, shelf.at(found.one("practitioner"), order)
    if person is None or person.text("resourceType") != "Practitioner":
        made.refuse(f"{order.path}.requester", "prescriber-missing", "The Practitioner must be in the bundle.")
        return None
    name = name_of(person)
    if not name:
        made.refuse(f"{person.path}.name", "name-missing", "The prescriber has no name.")
        return None
    for identifier in chain(person.many("identifier"), role.many("identifier") if role is not None else ()):
        register = BY_SYSTEM.get(identifier.text("system"))
        if register is None:
            continue
        number = identifier.text("value")
        if wrong := fault(register.code, number):
            made.refuse(f"{identifier.path}.value", wrong.replace("_", "-"), f"This is no number of {register.name}.")
        return Author(name, register.code, number, register.country)
    return Author(name, "", "", "")


def _item(shelf: Shelf, order: Node, made: Reading) -> None:
    before = len(made.faults)
    medicine, code, system = _medicine(shelf, order, made)
    quantity, unit = _quantity(shelf, order, made)
    dose_text = _dose_text(order, made)
    if len(made.faults) > before or quantity is None:
        return
    repeats = order.text("dispenseRequest", "numberOfRepeatsAllowed") or "0"
    if not re.fullmatch(r"\d{1,2}", repeats):
        made.refuse(f"{order.path}.dispenseRequest.numberOfRepeatsAllowed", "repeats", "Not a number of repeats.")
        return
    strength = found[0] if (found := STRENGTH.search(medicine)) else ""
    substance = medicine[: medicine.index(strength)].strip(" ,-") if strength else medicine
    made.items.append(
        Item(
            order.path, medicine, substance or medicine, strength, code, system, dose_text, quantity, unit,
            int(repeats), order.says("substitution", "allowedBoolean") is False,
        )
    )  # fmt: skip


def _medicine(shelf: Shelf, order: Node, made: Reading) -> tuple[str, str, str]:
    at, concept = f"{order.path}.medication", order.one("medicationCodeableConcept")
    if concept is None and (reference := order.one("medicationReference")) is not None:
        found = shelf.at(reference, order)
        if found is None:
            made.refuse(f"{reference.path}", "medication-missing", "The Medication must be in the bundle.")
            return "", "", ""
        if len(found.many("ingredient")) == 1 and not found.text("code", "text"):
            said = _ingredient(found.many("ingredient")[0])
            if not said:
                made.ask(f"{found.path}.ingredient", "medication-text", "The medicine has no name.")
            return said, "", ""
        at, concept = f"{found.path}.code", found.one("code")
    if concept is None:
        made.ask(at, "medication", "No medicine is named by a code or a text.")
        return "", "", ""
    codings = concept.many("coding")
    said = concept.text("text") or next((each.text("display") for each in codings if each.text("display")), "")
    if not said:
        made.ask(concept, "medication-text", "The medicine has no name that a person can read.")
    first = codings[0] if codings else concept
    return said, first.text("code"), first.text("system")


def _ingredient(found: Node) -> str:
    """A medicine that is prescribed by its one ingredient and strength."""
    name = found.text("itemCodeableConcept", "text") or found.text("itemCodeableConcept", "coding", "display")
    above, below = found.one("strength", "numerator"), found.one("strength", "denominator")
    parts = [name]
    if above is not None and above.text("value"):
        parts += [above.text("value"), above.text("unit") or above.text("code")]
    if below is not None and below.text("value") not in ("", "1"):
        parts += ["/", below.text("value"), below.text("unit") or below.text("code")]
    return " ".join(part for part in parts if part)


def _quantity(shelf: Shelf, order: Node, made: Reading) -> tuple[Decimal | None, str]:
    found = order.one("dispenseRequest", "quantity")
    amount = number_of(found.text("value")) if found is not None else None
    if found is None or amount is None:
        made.ask(f"{order.path}.dispenseRequest.quantity", "quantity-missing", "It doesn't say how much to supply.")
        return None, ""
    unit = found.text("unit") or found.text("code")
    if _can_be(amount) and unit.casefold() in ("packung", "{package}", "package", "pack"):
        counted, unit = _units_of_packs(shelf, order, amount, made, found)
        if counted is None:
            return None, ""
        amount = counted
    if not _can_be(amount):
        made.refuse(f"{found.path}.value", "quantity", "This quantity can't be right.")
        return None, ""
    return amount, unit


def _can_be(amount: Decimal) -> bool:
    """Is it a quantity that can be kept as it is written: not more than that, to four places?"""
    return 0 < amount <= MOST and amount == amount.quantize(SMALLEST)


def _units_of_packs(shelf: Shelf, order: Node, packs: Decimal, made: Reading, at: Node) -> tuple[Decimal | None, str]:
    """Packs are counted in units only where the Medication says how many are in one (KBV: amount with a size)."""
    medication = shelf.at(order.one("medicationReference"), order)
    counted = medication.one("amount", "numerator") if medication is not None else None
    if counted is not None:
        size = next((number_of(each.text("valueString")) for each in counted.many("extension")
                     if each.text("url").endswith("PackagingSize")), None)  # fmt: skip
        size = size or number_of(counted.text("value"))
        if size and 0 < size <= MOST:
            return packs * size, counted.text("unit") or counted.text("code")
    made.ask(at, "quantity-in-packs", "It counts packs and doesn't say how many units are in one.")
    return None, ""


def _dose_text(order: Node, made: Reading) -> str:
    said = [text for each in order.many("dosageInstruction") if (text := each.text("text"))]
    if not said:
        made.ask(f"{order.path}.dosageInstruction", "dose-text-missing", "It doesn't say in words how to take it.")
    return ". ".join(said)[:500]
