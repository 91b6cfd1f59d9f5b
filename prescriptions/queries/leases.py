"""Who works on what, and until when."""

from math import ceil
from uuid import UUID

from pharmacy.clock import AppNow, db_now
from prescriptions.models.document import Document


def cleaned_by_another(document_id: UUID) -> int:
    """Seconds until the lease of whoever cleans this document lapses; 0 when nobody cleans it."""
    held = Document.objects.filter(pk=document_id, state="cleaning", cleaning_until__gt=AppNow())
    until = held.values_list("cleaning_until", flat=True).first()
    return max(1, ceil((until - db_now()).total_seconds())) if until else 0
