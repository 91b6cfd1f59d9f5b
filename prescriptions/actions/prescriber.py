"""Who prescribes: found by number, else by name, and written down when first met."""

from __future__ import annotations

from pharmacy.transactions import joins_transaction
from prescriptions.models.prescription import Prescriber

LONGEST_NAME = 200


@joins_transaction
def find_prescriber(country: str, *, name: str, number: str = "", register: str = "") -> tuple[Prescriber, bool]:
    """(Who has this register number in the country, whether they were met just now); without a number by the name.

    A number is never changed to another name here: who answers to it under another one is told by the checks.
    """
    name = name[:LONGEST_NAME]
    if number:
        facts = {"name": name, "register": register}
        return Prescriber.objects.get_or_create(country=country, number=number, defaults=facts)
    known = Prescriber.objects.filter(country=country, number="", name=name).first()
    return (known, False) if known else (Prescriber.objects.create(country=country, name=name), True)
