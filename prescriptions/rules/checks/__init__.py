"""The checks of the gate. Each takes `Facts` and says what it found; one that can't run says why.

Nothing here ever answers "clear" for want of facts: see docs/the-gate.md, R-003, R-204 to R-208.
"""

from prescriptions.rules.checks import doses, paper, person, several, told
from prescriptions.rules.checks.outcome import (
    PRESCRIPTION_CLASSES,
    Found,
    Outcome,
    Rule,
)

__all__ = ["BY_ID", "PRESCRIPTION_CLASSES", "RULES", "Found", "Outcome", "Rule", "rules_for"]

WAITS, SHOWN = True, False  # does Approve wait for it, or is it only shown?
ON_PAPER = PRESCRIPTION_CLASSES
ASKED = ("requested", "prescribed")
ABOUT = ("requested", "patient", "clinical")
BEFORE = (*ABOUT, "supplies", "prescribed")
WITH = (*BEFORE, "taken", "medicines_told")
RULES: tuple[Rule, ...] = (
    Rule("document", "1", "Document", paper.document, WAITS, "R-001", ("papers",), ON_PAPER),
    Rule("validity", "2", "Validity", paper.validity, WAITS, "R-101 to R-109", ("prescribed",), ON_PAPER),
    Rule("prescriber", "2", "Prescriber", paper.prescriber, WAITS, "R-116, R-117", ("prescriber",), ON_PAPER),
    Rule("quantity-left", "1", "Quantity left", paper.quantity_left, WAITS, "R-110", (*ASKED, "left"), ON_PAPER),
    Rule("medicine", "1", "Substance and strength", paper.medicine, WAITS, "R-001", ASKED, ON_PAPER),
    Rule("used-before", "2", "Used before", paper.used_before, WAITS, "R-115", ("papers", "same_papers"), ON_PAPER),
    Rule("place", "1", "Country", paper.place, WAITS, "R-401", ("requested",)),
    Rule("interactions", "2", "Interactions", several.interactions, WAITS, "R-204, R-217", (*WITH, "together")),
    Rule("same-medicine-twice", "3", "Same medicine twice", several.twice, WAITS, "R-206", WITH),
    Rule("dose", "2", "Dose", doses.dose, WAITS, "R-205", (*BEFORE, "alike"), ON_PAPER),
    Rule("quantity", "1", "Usual quantity", doses.quantity, WAITS, "R-112", BEFORE, ON_PAPER),
    Rule("refill", "1", "Early refill, gaps", doses.refill, WAITS, "R-208", BEFORE, ON_PAPER),
    Rule("age", "2", "Age", person.age, WAITS, "R-205", ABOUT),
    Rule("allergy", "3", "Allergy", told.allergy, WAITS, "R-204", (*ABOUT, "allergies_told")),
    Rule("conditions", "2", "Conditions", told.conditions, WAITS, "R-204", ABOUT),
    Rule("pregnancy", "2", "Pregnancy", person.pregnancy, WAITS, "R-205", ABOUT),
    Rule("breastfeeding", "2", "Breastfeeding", person.breastfeeding, WAITS, "R-205", ABOUT),
    Rule("kidney", "2", "Kidneys", person.kidney, WAITS, "R-205", ABOUT),
    Rule("liver", "2", "Liver", person.liver, WAITS, "R-205", ABOUT),
    Rule("second-check", "1", "Second pharmacist", several.second, WAITS, "R-211", BEFORE),
)
BY_ID = {rule.id: rule for rule in RULES}


def rules_for(supply_class: str) -> tuple[Rule, ...]:
    """The checks that a request of this class needs."""
    return tuple(rule for rule in RULES if supply_class in rule.classes)
