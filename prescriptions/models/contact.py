"""Asking a prescriber, and what a pharmacist did about a problem: both are kept as they were."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.prescription import Prescriber
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest


class How(models.TextChoices):
    """How the prescriber was reached; the number comes from the register, never from the paper (R-116)."""

    PHONE = "phone", "Phone, number from the register"
    SECURE_MAIL = "secure_mail", "Secure e-mail"
    FAX = "fax", "Fax, number from the register"
    LINK = "link", "Our signed link"
    IN_PERSON = "in_person", "In person"


class ContactOutcome(models.TextChoices):
    """What came of it."""

    OPEN = "", "No answer yet"
    CONFIRMED = "confirmed", "Confirmed as written"
    CHANGED = "changed", "A new prescription comes"
    CANCELLED = "cancelled", "Withdrawn by the prescriber"
    NOT_REACHED = "not_reached", "Not reached"


class Contact(models.Model):
    """One question to a prescriber about a line, and the answer that was given (R-207)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    request = models.ForeignKey(SupplyRequest, on_delete=models.PROTECT, related_name="contacts")
    prescriber = models.ForeignKey(Prescriber, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    how = models.CharField(max_length=12, choices=How.choices)
    question_sealed = models.BinaryField(default=b"")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=ContactOutcome.choices, blank=True, default="")
    who_sealed = models.BinaryField(default=b"")
    answer_sealed = models.BinaryField(default=b"")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    question = sealed("question_sealed")
    who = sealed("who_sealed")
    answer = sealed("answer_sealed")

    class Meta:
        ordering = ("asked_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", recorded_by=None, answered_at=None)
                | (~Q(outcome="") & Q(recorded_by__isnull=False, answered_at__isnull=False)),
                name="an_answered_contact_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class Intervention(models.Model):
    """What a pharmacist did about a drug-related problem (R-212, the DOCUMENT categories)."""

    class Category(models.TextChoices):
        SELECTION = "D", "Drug selection"
        DOSE = "O", "Over- or underdose"
        COMPLIANCE = "C", "Compliance"
        UNDERTREATED = "U", "Undertreated"
        MONITORING = "M", "Monitoring"
        EDUCATION = "E", "Education"
        NOT_CLASSIFIABLE = "N", "Not classifiable"
        TOXICITY = "T", "Toxicity"

    class Result(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Not known"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interventions")
    request = models.ForeignKey(
        SupplyRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="interventions"
    )
    category = models.CharField(max_length=1, choices=Category.choices)
    contacted = models.CharField(
        max_length=12, choices=[("nobody", "Nobody"), ("patient", "Patient"), ("prescriber", "Prescriber")]
    )
    result = models.CharField(max_length=10, choices=Result.choices)
    significance = models.CharField(
        max_length=8, choices=[("low", "Low"), ("medium", "Medium"), ("high", "High"), ("extreme", "Extreme")]
    )
    minutes = models.PositiveSmallIntegerField()
    action_sealed = models.BinaryField(default=b"")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    action = sealed("action_sealed")

    class Meta:
        ordering = ("recorded_at",)

    def __str__(self) -> str:
        return f"intervention {self.pk}"
