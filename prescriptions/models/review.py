"""The requests of one order put before a pharmacist, and what was decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models.product import Pack
from catalog.models.site import Site
from pharmacy.clock import AppNow
from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.supply import SupplyRequest


class CaseStatus(models.TextChoices):
    """Where a case stands; `claimed` is a lease that lapses by itself."""

    QUEUED = "queued", "Queued"
    CLAIMED = "claimed", "Claimed"
    AWAITING_PATIENT = "awaiting_patient", "Waits for the patient"
    AWAITING_PRESCRIBER = "awaiting_prescriber", "Waits for the prescriber"
    SECOND_CHECK = "second_check", "Second check"
    DECIDED = "decided", "Decided"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN_CASE = ("queued", "claimed", "awaiting_patient", "awaiting_prescriber", "second_check")


class CaseQuerySet(models.QuerySet["Case"]):
    """Sets of cases a pharmacist asks for."""

    def open(self) -> "CaseQuerySet":
        """Not decided and not withdrawn."""
        return self.filter(status__in=OPEN_CASE)

    def claimable(self) -> "CaseQuerySet":
        """Free to be taken now: queued, answered, or left behind by a lease that lapsed."""
        return self.filter(
            Q(status="queued")
            | Q(status="claimed", claimed_until__lte=AppNow())
            | Q(status__in=["awaiting_patient", "awaiting_prescriber"], answered_at__isnull=False)
        )


class Case(models.Model):
    """The requests of one order before a pharmacist, claimed by one at a time, with a clock."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=12, unique=True)
    order_reference = models.CharField(max_length=40)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=CaseStatus.choices, default=CaseStatus.QUEUED)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    is_acute = models.BooleanField(default=False)
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    handed_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    # Open time of the site that the case waited for others, and that the review took without it; in seconds.
    waited_seconds = models.PositiveIntegerField(default=0)
    review_seconds = models.PositiveIntegerField(null=True, blank=True)
    hold_ends_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(default=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_reference"],
                condition=Q(status__in=OPEN_CASE),
                name="one_open_case_per_order",
            ),
            models.CheckConstraint(
                condition=Q(status="claimed", claimed_by__isnull=False, claimed_until__isnull=False)
                | (~Q(status="claimed") & Q(claimed_by=None, claimed_until=None)),
                name="a_claim_says_who_and_until_when",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["decided", "withdrawn"], closed_at__isnull=False)
                | (~Q(status__in=["decided", "withdrawn"]) & Q(closed_at=None)),
                name="a_closed_case_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "due_at"],
                condition=Q(status__in=OPEN_CASE),
                name="open_cases_by_clock",
            ),
            models.Index(fields=["site", "closed_at"], name="closed_cases_by_time"),
        ]

    def __str__(self) -> str:
        return f"case {self.number}"


class Verdict(models.TextChoices):
    """What a pharmacist can decide about a request."""

    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"


class Decision(models.Model):
    """A pharmacist's verdict on one request. Written once, never changed.

    `seen` is the hash of what was on the screen, `evidence` the sealed JSON of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.OneToOneField(SupplyRequest, on_delete=models.PROTECT, related_name="decision")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    code = models.CharField(max_length=30, blank=True)
    packs = models.PositiveIntegerField(default=0)
    prescription_item = models.ForeignKey(
        PrescriptionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registration_number = models.CharField(max_length=60)
    seen = models.CharField(max_length=64)
    second_check = models.OneToOneField(
        "prescriptions.SecondCheck", on_delete=models.PROTECT, null=True, blank=True, related_name="decision"
    )
    # A substitution: what was asked for, and FHIR's type and reason codes.
    pack_asked = models.ForeignKey(Pack, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    substitution_type = models.CharField(max_length=10, blank=True)
    substitution_reason = models.CharField(max_length=10, blank=True)
    sentence_sealed = models.BinaryField(default=b"")
    evidence_sealed = models.BinaryField(default=b"")
    decided_at = models.DateTimeField()

    sentence = sealed("sentence_sealed")
    evidence = sealed("evidence_sealed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="approved", code="", packs__gte=1) | (Q(verdict="declined", packs=0) & ~Q(code="")),
                name="a_refusal_has_one_coded_reason",
            ),
            models.CheckConstraint(
                condition=~Q(registration_number="") & ~Q(seen=""),
                name="a_decision_is_signed_and_says_what_was_seen",
            ),
            models.CheckConstraint(
                condition=Q(pack_asked=None, substitution_type="", substitution_reason="")
                | (Q(pack_asked__isnull=False) & ~Q(substitution_type="") & ~Q(substitution_reason="")),
                name="a_substitution_keeps_its_codes",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.pk}"
