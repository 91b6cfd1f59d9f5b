"""Who may act for a patient who is somebody else: with proof, until a day, seen by a pharmacist."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pharmacy.keys import new_id
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient


class CarerState(models.TextChoices):
    """Where the right to act stands."""

    INVITED = "invited", "Invited"
    ASKED = "asked", "Waits for a pharmacist"
    GRANTED = "granted", "May act"
    REFUSED = "refused", "Not accepted"
    ENDED = "ended", "Ended"


class Carer(models.Model):
    """One customer's right to act for one patient. An invitation knows its guest by a keyed index of the address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="carers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="cares_for"
    )
    invited_index = models.CharField(max_length=64, blank=True, db_index=True)
    relation = models.CharField(max_length=20, blank=True)
    proof = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=CarerState.choices)
    ends_on = models.DateField(null=True, blank=True)
    asked_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"],
                condition=Q(state__in=["asked", "granted"]),
                name="one_live_right_to_act_per_person",
            ),
            models.CheckConstraint(
                name="a_right_to_act_has_proof_an_end_and_a_reviewer",
                condition=~Q(state="granted")
                | Q(user__isnull=False, proof__isnull=False, ends_on__isnull=False, reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_grants_themselves_a_right_to_act",
                condition=Q(reviewed_by=None) | Q(user=None) | ~Q(reviewed_by=F("user")),
            ),
        ]

    def __str__(self) -> str:
        return f"carer {self.pk}"
