"""What was tested about a case, with what rule, on what, and what came out."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest


class CheckState(models.TextChoices):
    """A check that did not run is never clear."""

    RAN_CLEAR = "ran_clear", "Ran clear"
    RAN_WITH_ALERTS = "ran_with_alerts", "Ran with alerts"
    DID_NOT_RUN = "did_not_run", "Did not run"


class Severity(models.TextChoices):
    """How much an alert weighs; `stop` can't be approved."""

    NOTE = "note", "note"
    CAUTION = "caution", "care"
    SERIOUS = "serious", "serious"
    STOP = "stop", "stop"


class Check(models.Model):
    """One run of one rule on one request. A later run replaces it (`current`), none is deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="checks")
    request = models.ForeignKey(SupplyRequest, on_delete=models.PROTECT, related_name="checks")
    rule = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    state = models.CharField(max_length=20, choices=CheckState.choices)
    why = models.CharField(max_length=60, blank=True)
    is_mandatory = models.BooleanField()
    summary_sealed = models.BinaryField(default=b"")
    inputs_hash = models.CharField(max_length=64)
    source = models.CharField(max_length=120, blank=True)
    current = models.BooleanField(default=True)
    ran_at = models.DateTimeField()

    summary = sealed("summary_sealed")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "rule"],
                condition=Q(current=True),
                name="one_current_run_per_request_and_rule",
            ),
            models.CheckConstraint(
                condition=Q(state="did_not_run") ^ Q(why=""),
                name="a_check_that_did_not_run_says_why",
            ),
        ]
        indexes = [models.Index(fields=["case", "current"], name="checks_of_case")]

    def __str__(self) -> str:
        return f"check {self.rule} of {self.request_id}"


class Alert(models.Model):
    """One thing a check found."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Not "check": Django's models have a method of that name.
    found_by = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="alerts")
    severity = models.CharField(max_length=10, choices=Severity.choices)
    code = models.CharField(max_length=60)
    text_sealed = models.BinaryField(default=b"")

    text = sealed("text_sealed")

    def __str__(self) -> str:
        return f"alert {self.code}"


class HandCheck(models.Model):
    """A pharmacist's own check, written down where a rule could not run."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stands_for = models.OneToOneField(Check, on_delete=models.PROTECT, related_name="by_hand")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sentence_sealed = models.BinaryField(default=b"")
    recorded_at = models.DateTimeField()

    sentence = sealed("sentence_sealed")

    def __str__(self) -> str:
        return f"hand check of {self.stands_for_id}"
