"""What the checks may look at: plain values, gathered by `queries/facts.py`."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One substance of the requested product: every name it is known by, and the strength as listed."""

    name: str
    names: tuple[str, ...]
    strength: str


@dataclass(frozen=True, slots=True)
class Requested:
    """One requested line."""

    id: str
    supply_class: str
    ingredients: tuple[Ingredient, ...]
    units: Decimal
    units_a_pack: Decimal


@dataclass(frozen=True, slots=True)
class Prescribed:
    """The transcribed item it is asked on, with its prescription."""

    substance: str
    strength: str
    dose_text: str
    quantity: Decimal
    repeats: int
    supplied: Decimal
    issued_on: date
    valid_until: date | None
    validity_rule: str
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class PatientTold:
    """What the patient's owner told; an empty text was not told."""

    born_on: date | None
    allergies: str
    medicines: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the order, and the codes of other papers that look the same."""

    state: str
    same_file_elsewhere: int
    same_look_elsewhere: int
    of_another_patient: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one request on one day."""

    today: date
    requested: Requested
    prescribed: Prescribed | None
    patient: PatientTold | None
    papers: tuple[Paper, ...] = ()
    other_lines: tuple[Requested, ...] = field(default=())
