"""What was tested about a case, with what rule, on what, and what came out."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.checks import BY_ID


class CheckState(models.TextChoices):
    """A check that did not run is never clear."""

    RAN_CLEAR = "ran_clear", "Ran clear"
    RAN_WITH_ALERTS = "ran_with_alerts", "Ran with alerts"
    DID_NOT_RUN = "did_not_run", "Did not run"


class Severity(models.TextChoices):
    """How much an alert weighs (R-207).

    A note is read, care is acknowledged, serious needs a reason, contraindicated a contact with the prescriber and a
    second pharmacist; `stop` can't be approved at all.
    """

    NOTE = "note", "note"
    CAUTION = "caution", "care"
    SERIOUS = "serious", "serious"
    CONTRAINDICATED = "contraindicated", "contraindicated"
    STOP = "stop", "stop"


class Check(models.Model):
    """One run of one rule on one request. A later run with another result replaces it (`current`), none is deleted.

    `inputs` is the JSON of what the rule looked at, `inputs_hash` its SHA-256 (R-004).
    """

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
    inputs_sealed = models.BinaryField(default=b"")
    source = models.CharField(max_length=120, blank=True)
    current = models.BooleanField(default=True)
    ran_at = models.DateTimeField()

    summary = sealed("summary_sealed")
    inputs = sealed("inputs_sealed")

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

    @property
    def title(self) -> str:
        """The check's title; its id for one that is no longer made."""
        return BY_ID[self.rule].title if self.rule in BY_ID else self.rule

    @property
    def was_not_told(self) -> bool:
        """Did it not run because the patient was not asked? Then a hand check says who told it."""
        return "not_told" in self.why


class Alert(models.Model):
    """One thing a check found."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Not "check": Django's models have a method of that name.
    found_by = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="alerts")
    severity = models.CharField(max_length=20, choices=Severity.choices)
    code = models.CharField(max_length=60)
    source = models.CharField(max_length=400, blank=True)
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


class AlertAnswer(models.Model):
    """What a pharmacist answered to an alert: seen, or a reason to go on all the same (R-207). Written once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="answer")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=30)
    sentence_sealed = models.BinaryField(default=b"")
    answered_at = models.DateTimeField()

    sentence = sealed("sentence_sealed")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="an_answer_to_an_alert_has_a_reason")]
        indexes = [models.Index(fields=["answered_at"], name="alert_answers_by_time")]

    def __str__(self) -> str:
        return f"answer to {self.alert_id}"
