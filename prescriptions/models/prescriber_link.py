"""What “My prescriber will send it” asks: a request to a prescriber, answered by a signed link."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescriber


class LinkState(models.TextChoices):
    """Where the request stands."""

    ASKED = "asked", "Asked"
    OPENED = "opened", "Opened by the prescriber"
    ANSWERED = "answered", "Sent by the prescriber"
    DECLINED = "declined", "The prescriber declined"
    REVOKED = "revoked", "Taken back"
    EXPIRED = "expired", "No answer came"


class PrescriberLink(models.Model):
    """One request to one prescriber. The link's secret is kept as a hash; it works once, until `expires_at`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    order_reference = models.CharField(max_length=40, blank=True, db_index=True)
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=10, choices=LinkState.choices, default=LinkState.ASKED)
    token_hash = models.CharField(max_length=64, unique=True)
    token_sealed = models.BinaryField(default=b"")
    prescriber_name_sealed = models.BinaryField(default=b"")
    email_sealed = models.BinaryField(default=b"")
    number_asked = models.CharField(max_length=60, blank=True)
    asked_for_sealed = models.BinaryField(default=b"")
    expires_at = models.DateTimeField()
    reminded = models.PositiveSmallIntegerField(default=0)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # The answer: who signed, with which number, and what they wrote or sent.
    register = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=60, blank=True)
    signed_name_sealed = models.BinaryField(default=b"")
    written_sealed = models.BinaryField(default=b"")
    reason_sealed = models.BinaryField(default=b"")
    prescriber = models.ForeignKey(Prescriber, on_delete=models.PROTECT, null=True, blank=True, related_name="links")
    documents = models.ManyToManyField(Document, related_name="links", blank=True)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    token = sealed("token_sealed")
    prescriber_name = sealed("prescriber_name_sealed")
    email = sealed("email_sealed")
    asked_for = sealed("asked_for_sealed")
    signed_name = sealed("signed_name_sealed")
    written = sealed("written_sealed")
    reason = sealed("reason_sealed")

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="answered") | (~Q(number="") & Q(ended_at__isnull=False)),
                name="an_answered_link_is_signed_with_a_number",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "opened"]) | (Q(ended_at__isnull=False) & Q(token_sealed=b"")),
                name="an_ended_link_forgets_its_secret",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(state__in=["asked", "opened"]), name="open_prescriber_links"
            ),
        ]

    def __str__(self) -> str:
        return f"prescriber link {self.pk}"
