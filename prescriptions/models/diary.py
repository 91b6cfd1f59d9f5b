"""A patient's own journal, and whether a pharmacist may read it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.patient import Patient


class DiaryEntry(models.Model):
    """One day of a patient: dose taken (yes, part, no), energy and drowsiness 0-10, notes; all sealed, as JSON."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="diary")
    day = models.DateField()
    facts_sealed = models.BinaryField(default=b"")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    facts = sealed("facts_sealed")

    class Meta:
        ordering = ("day",)
        constraints = [models.UniqueConstraint(fields=["patient", "day"], name="one_diary_entry_a_day")]

    def __str__(self) -> str:
        return f"diary {self.pk}"


class DiaryShare(models.Model):
    """The patient's word that pharmacists may read the journal, until it is taken back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="diary_shares")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(withdrawn_at=None), name="one_live_share_of_a_diary"
            )
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"
