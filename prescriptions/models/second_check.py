"""A line that one pharmacist would approve, waiting for a second one."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest


class SecondVerdict(models.TextChoices):
    """What the second pharmacist said."""

    OPEN = "", "Waits for a second pharmacist"
    CONFIRMED = "confirmed", "Confirmed"
    SENT_BACK = "sent_back", "Sent back"


class SecondCheck(models.Model):
    """The first pharmacist's signature with what was seen, and the second one's answer (R-211).

    Triggers in `checks_rules` know who may answer; an answer is given once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(SupplyRequest, on_delete=models.PROTECT, related_name="second_checks")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="second_checks")
    reasons = ArrayField(models.CharField(max_length=40))
    packs = models.PositiveIntegerField()
    prescription_item = models.ForeignKey(
        PrescriptionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registration_number = models.CharField(max_length=60)
    seen = models.CharField(max_length=64)
    evidence_sealed = models.BinaryField(default=b"")
    asked_at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=SecondVerdict.choices, blank=True, default="")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    checker_registration = models.CharField(max_length=60, blank=True)
    sentence_sealed = models.BinaryField(default=b"")
    checked_at = models.DateTimeField(null=True, blank=True)

    evidence = sealed("evidence_sealed")
    sentence = sealed("sentence_sealed")

    class Meta:
        ordering = ("asked_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(verdict=""), name="one_open_second_check_per_request"
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | ~Q(checked_by=F("asked_by")),
                name="second_checker_is_not_the_reviewer",
            ),
            models.CheckConstraint(
                condition=Q(verdict="", checked_by=None, checked_at=None, checker_registration="")
                | (
                    ~Q(verdict="") & Q(checked_by__isnull=False, checked_at__isnull=False) & ~Q(checker_registration="")
                ),
                name="a_second_check_is_signed",
            ),
            models.CheckConstraint(condition=Q(packs__gte=1), name="a_second_check_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"second check {self.pk}"
