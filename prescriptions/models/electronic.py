"""Prescriptions that came as data: kept as they came, with every fault named, whether or not they could be read."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.accounts.models import Partner
from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.document import Document
from prescriptions.models.prescription import Prescription


class ElectronicState(models.TextChoices):
    """Where it stands."""

    READ = "read", "Read whole"
    FOR_A_PERSON = "for_a_person", "Waits for a person"
    SETTLED = "settled", "Settled by a person"
    REFUSED = "refused", "Refused"


class ElectronicPaper(models.Model):
    """One electronic prescription as it was sent, sealed. `faults` is JSON: [{path, code, detail, weight}].

    What could be understood is a Prescription; what could not waits here for a person, and nothing of it is guessed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reference = models.CharField(max_length=80, blank=True)
    prescription = models.OneToOneField(
        Prescription, on_delete=models.PROTECT, null=True, blank=True, related_name="electronic"
    )
    state = models.CharField(max_length=14, choices=ElectronicState.choices)
    media_type = models.CharField(max_length=40)
    body_sealed = models.BinaryField(default=b"")
    faults_sealed = models.BinaryField(default=b"")
    fingerprint = models.CharField(max_length=64, db_index=True)
    patient_key = models.CharField(max_length=64, blank=True, db_index=True)
    documents = models.ManyToManyField(Document, related_name="electronic", blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    body = sealed("body_sealed")
    faults = sealed("faults_sealed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["settled", "refused"]) | Q(settled_at__isnull=False),
                name="a_settled_electronic_paper_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="read") | Q(prescription__isnull=False),
                name="a_read_electronic_paper_has_a_prescription",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(state="for_a_person"), name="electronic_papers_for_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"electronic paper {self.pk}"
