"""Nouns of the gate. Import them from their files."""

from prescriptions.models import (  # noqa: F401  (Django finds models through this package)
    checks,
    clearance,
    document,
    ledger,
    message,
    patient,
    prescription,
    review,
    supply,
)
