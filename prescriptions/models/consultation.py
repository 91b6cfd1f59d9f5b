"""Questionnaires with red flags, what a patient answered, and what a pharmacist made of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models.product import Pack, Product
from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.patient import Patient
from prescriptions.models.question import Thread


class Questionnaire(models.Model):
    """One version of a list of questions. It counts once a second person approved it; its words never change.

    `atc`: prefixes of the substances it is for; empty: for every medicine of its `supply_class`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    supply_class = models.CharField(max_length=20, blank=True)
    atc = models.JSONField(default=list, blank=True)
    questions = models.JSONField()
    digest = models.CharField(max_length=64)
    written_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("code", "-version")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_text_per_version_of_a_questionnaire"),
            models.CheckConstraint(
                name="author_of_a_questionnaire_is_not_its_approver",
                condition=Q(approved_by="") | ~Q(approved_by=F("written_by")),
            ),
            models.CheckConstraint(
                name="an_approved_questionnaire_says_who_and_when",
                condition=Q(approved_by="", approved_at=None) | (~Q(approved_by="") & Q(approved_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class HighRiskClass(models.Model):
    """More classes for which a questionnaire alone never leads to a supply; those of R-301 are in the migration."""

    atc_prefix = models.CharField(max_length=7, primary_key=True)
    words = models.CharField(max_length=120)
    rule = models.CharField(max_length=20)
    source = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.atc_prefix} {self.words}"


class Evidence(models.TextChoices):
    """What stands beside a questionnaire (R-301)."""

    TWO_WAY_CONTACT = "two_way_contact", "Spoke with the patient"
    CLINICAL_RECORD = "clinical_record", "Saw the clinical record"
    PRESCRIBER_CONTACT = "prescriber_contact", "Spoke with the GP or prescriber"


class Outcome(models.TextChoices):
    """What a consultation came to."""

    ADVICE = "advice", "Advice"
    SUPPLY = "supply", "May be supplied"
    SIGNPOST = "signpost", "Sent on to other help"
    STOPPED = "stopped", "Stopped by a red flag"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Consultation(models.Model):
    """Answers to a questionnaire about one medicine for one patient, and the pharmacist's decision.

    `is_high_risk` is set by a trigger from the product's class, whoever writes the row; an unknown class is high.
    A supply is permission to ask for so many packs until a day: the gate decides about the order itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="consultation")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consultations")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    supply_class = models.CharField(max_length=20)
    is_high_risk = models.BooleanField(default=True)
    answers_sealed = models.BinaryField(default=b"")
    flags_sealed = models.BinaryField(default=b"")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    evidence = models.CharField(max_length=20, choices=Evidence.choices, blank=True)
    evidence_note_sealed = models.BinaryField(default=b"")
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    packs = models.PositiveSmallIntegerField(default=0)
    supply_until = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    registration_number = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    answers = sealed("answers_sealed")
    flags = sealed("flags_sealed")
    evidence_note = sealed("evidence_note_sealed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_questionnaire_alone_never_supplies_a_high_risk_class",
                condition=~Q(outcome="supply") | Q(is_high_risk=False) | ~Q(evidence=""),
            ),
            models.CheckConstraint(
                name="a_consultation_supplies_pharmacy_only_items_alone",
                condition=~Q(outcome="supply") | Q(supply_class="pharmacy_only"),
            ),
            models.CheckConstraint(
                name="a_supply_after_consultation_is_signed_and_bounded",
                condition=~Q(outcome="supply")
                | (
                    Q(decided_by__isnull=False, pack__isnull=False, packs__gte=1, supply_until__isnull=False)
                    & ~Q(registration_number="")
                ),
            ),
            models.CheckConstraint(
                name="a_consultation_is_decided_by_a_person_or_stopped_by_rule",
                condition=Q(outcome="", decided_at=None, decided_by=None)
                | Q(outcome__in=["stopped", "withdrawn"], decided_at__isnull=False, decided_by=None)
                | Q(outcome__in=["advice", "supply", "signpost"], decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_consults_themselves",
                condition=Q(decided_by=None) | ~Q(decided_by=F("customer")),
            ),
        ]

    def __str__(self) -> str:
        return f"consultation {self.pk}"
