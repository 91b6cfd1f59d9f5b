"""What was ordered for a patient, by whom, until when, and how much of it was supplied."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.patient import Patient

SOURCES = [
    ("paper", "Written down from a paper"),
    ("electronic", "Electronic prescription"),
    ("prescriber", "Sent by the prescriber"),
]


class PrescriptionStatus(models.TextChoices):
    """Where a prescription stands."""

    SUBMITTED = "submitted", "Submitted"
    CLARIFICATION = "clarification", "Waiting for a clarification"
    VERIFIED = "verified", "Verified"
    EXHAUSTED = "exhausted", "Used up"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


class Prescriber(models.Model):
    """A person entitled to prescribe. A well-formed number is not a verification."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    profession = models.CharField(max_length=60, blank=True)
    register = models.CharField(max_length=60, blank=True)
    number = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_how = models.CharField(max_length=200, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "number"],
                condition=~Q(number=""),
                name="one_prescriber_per_number",
            ),
            models.CheckConstraint(
                condition=Q(verified_at=None) | ~Q(verified_how=""),
                name="a_verified_prescriber_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.number}" if self.number else self.name


class PrescriberCheck(models.Model):
    """A look-up in a register: who looked, where, when, and what was found. Append-only evidence.

    A well-formed number is not one of these.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prescriber = models.ForeignKey(Prescriber, on_delete=models.PROTECT, related_name="checks")
    register = models.CharField(max_length=60)
    number = models.CharField(max_length=60)
    where = models.CharField(max_length=200)
    found = models.BooleanField()
    note_sealed = models.BinaryField(default=b"")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    note = sealed("note_sealed")

    class Meta:
        ordering = ("-checked_at",)
        constraints = [
            models.CheckConstraint(condition=~Q(where=""), name="a_register_look_up_says_where"),
        ]

    def __str__(self) -> str:
        return f"look-up {self.pk}"


class Prescription(models.Model):
    """One paper or electronic prescription of one patient by one prescriber."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="prescriptions")
    prescriber = models.ForeignKey(Prescriber, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True)
    issued_on = models.DateField()
    not_before = models.DateField(null=True, blank=True)  # the prescriber's own first day, where there is one
    valid_until = models.DateField(null=True, blank=True)
    validity_rule = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=20, choices=PrescriptionStatus.choices, default=PrescriptionStatus.SUBMITTED)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    # How it came, its own number (sealed; the key finds the number again), and the same paper in another's hands.
    source = models.CharField(max_length=12, default="paper", choices=SOURCES)
    number_sealed = models.BinaryField(default=b"")
    prescriber_written_sealed = models.BinaryField(default=b"")  # the name as the paper has it, which may not be theirs
    number_key = models.CharField(max_length=64, blank=True, db_index=True)
    same_paper_key = models.CharField(max_length=64, blank=True, db_index=True)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    number = sealed("number_sealed")
    prescriber_written = sealed("prescriber_written_sealed")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "prescriber", "issued_on", "is_test", "number_key"],
                name="one_prescription_per_paper",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["verified", "exhausted"])
                | Q(verified_by__isnull=False, verified_at__isnull=False, valid_until__isnull=False),
                name="a_verified_prescription_says_who_and_until_when",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")),
                name="a_prescription_ends_after_it_was_issued",
            ),
        ]

    def __str__(self) -> str:
        return f"prescription {self.pk}"


class PrescriptionItem(models.Model):
    """One medicine on a prescription, counted in units (tablet, mL, g), never in packs.

    `supplied_units` counts what clearances promised; what was withdrawn is given back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="items")
    key = models.CharField(max_length=80)
    substance_sealed = models.BinaryField(default=b"")
    strength_sealed = models.BinaryField(default=b"")
    dose_text_sealed = models.BinaryField(default=b"")
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit = models.CharField(max_length=40, blank=True)  # as written; "" where the paper names none
    repeats = models.PositiveSmallIntegerField(default=0)
    ordered_units = models.DecimalField(max_digits=16, decimal_places=4)
    supplied_units = models.DecimalField(max_digits=16, decimal_places=4, default=Decimal(0))
    no_substitution = models.BooleanField(default=False)
    transcribed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    transcribed_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    substance = sealed("substance_sealed")
    strength = sealed("strength_sealed")
    dose_text = sealed("dose_text_sealed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prescription", "key"], name="one_item_per_medicine_on_a_prescription"),
            models.CheckConstraint(
                condition=Q(supplied_units__gte=0) & Q(supplied_units__lte=F("ordered_units")),
                name="supplied_never_exceeds_ordered",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(ordered_units=F("quantity") * (F("repeats") + 1)),
                name="ordered_is_quantity_and_its_repeats",
            ),
        ]

    def __str__(self) -> str:
        return f"prescription item {self.pk}"
