"""What the checks may look at: plain values, gathered by `queries/facts.py`."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from prescriptions.rules.clinical import Clinical
from prescriptions.rules.quantities import left_now

YES_NO = ("yes", "no")
KIDNEY = ("healthy", "reduced", "dialysis")  # or the eGFR as a number
LIVER = ("healthy", "reduced", "severe")


def told_in_code(pregnancy: str, breastfeeding: str, kidney: str, liver: str) -> bool:
    """Is each one of the answers that the checks can read? "" (not told) always is."""
    return (
        pregnancy in ("", *YES_NO)
        and breastfeeding in ("", *YES_NO)
        and (kidney in ("", *KIDNEY) or egfr(kidney) is not None)
        and liver in ("", *LIVER)
    )


def egfr(kidney: str) -> Decimal | None:
    """The eGFR (mL/min/1.73 m²) where a number from 0 to 250 was told, else None."""
    digits, _dot, rest = kidney.partition(".")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and (not rest or rest.isdigit())):
        return None
    value = Decimal(kidney)
    return value if value <= 250 else None


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One substance of a product: every name it is known by, the strength as listed, its ATC codes."""

    name: str
    names: tuple[str, ...]
    strength: str
    atc: tuple[str, ...] = ()
    id: int = 0


@dataclass(frozen=True, slots=True)
class Requested:
    """One requested line. `class_now` is the supply class that the catalogue gives the product there today."""

    id: str
    supply_class: str
    ingredients: tuple[Ingredient, ...]
    units: Decimal
    units_a_pack: Decimal
    route: str = ""
    form: str = ""
    country: str = ""
    class_now: str = ""
    dose_text: str = ""


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
    item: str = ""
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class PrescribedBy:
    """The prescriber as known here; `verified_how` is the evidence that somebody wrote down, "" for none.

    `written`: the name as the paper has it.
    """

    name: str
    number: str
    verified_on: date | None
    verified_how: str
    written: str = ""


@dataclass(frozen=True, slots=True)
class PatientTold:
    """What the patient's owner told; an empty text was not told. See `told_in_code` for the coded answers."""

    born_on: date | None
    allergies: str
    medicines: str
    sex: str = ""
    conditions: str = ""
    pregnancy: str = ""
    breastfeeding: str = ""
    kidney: str = ""
    liver: str = ""
    weight_kg: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of a list that was told, and the substances that the catalogue knows by it; none when it knows none."""

    text: str
    ingredients: tuple[Ingredient, ...] = ()


@dataclass(frozen=True, slots=True)
class Supplied:
    """An earlier supply to the patient from another order, by this house. `on`: when it was handed over."""

    ingredients: tuple[Ingredient, ...]
    units: Decimal
    on: date
    dose_text: str
    item: str


@dataclass(frozen=True, slots=True)
class Interaction:
    """What a source says of two substances together."""

    severity: str
    one: str
    other: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Together:
    """What the interaction table says of a line with the other lines, earlier supplies and the told list."""

    found: tuple[Interaction, ...] = ()
    silent: tuple[str, ...] = ()
    not_known: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the order, and the codes of other papers that look the same."""

    state: str
    same_file_elsewhere: int
    same_look_elsewhere: int
    of_another_patient: bool


@dataclass(frozen=True, slots=True)
class SamePaper:
    """Another prescription with the number of this one, or of the same person, prescriber and day."""

    same_number: bool
    of_another_owner: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one request on one day. `together` is None when no interaction table was loaded.

    `other_lines` are all the others of the order, whatever was decided about them, with what needs no pharmacist.
    """

    today: date
    requested: Requested
    prescribed: Prescribed | None
    patient: PatientTold | None
    papers: tuple[Paper, ...] = ()
    other_lines: tuple[Requested, ...] = field(default=())
    prescriber: PrescribedBy | None = None
    supplies: tuple[Supplied, ...] = ()
    together: Together | None = None
    clinical: Clinical = field(default_factory=Clinical)
    same_papers: tuple[SamePaper, ...] = ()
    medicines_told: tuple[Told, ...] = ()
    allergies_told: tuple[Told, ...] = ()

    @property
    def taken(self) -> tuple[tuple[Ingredient, ...], ...]:
        """The substances of each other line; how they are taken is another matter."""
        return tuple(line.ingredients for line in self.other_lines)

    @property
    def alike(self) -> tuple[Requested, ...]:
        """The other lines with a substance of this one."""
        mine = {part.name for part in self.requested.ingredients}
        return tuple(line for line in self.other_lines if mine & {part.name for part in line.ingredients})

    @property
    def left(self) -> Decimal | None:
        """Units that may be supplied on the item now."""
        rx = self.prescribed
        return left_now(rx.quantity, rx.repeats, rx.supplied) if rx else None
