"""What other apps ask the gate. Clinical words go to their owner's pages and nowhere else."""

from prescriptions.queries.owner import (
    decisions_for_owner,
    documents_ready_or_pending,
    may_write,
    messages_of,
    patients_of,
    prescriptions_of,
)
from prescriptions.queries.requests import (
    approved_packs,
    case_of,
    documents_of,
    needs_prescription,
    patient_history,
    seen_of,
    states_of,
)

__all__ = [
    "approved_packs",
    "case_of",
    "decisions_for_owner",
    "documents_of",
    "documents_ready_or_pending",
    "may_write",
    "messages_of",
    "needs_prescription",
    "patient_history",
    "patients_of",
    "prescriptions_of",
    "seen_of",
    "states_of",
]
