"""One authorisation at the payment provider, its ledger, and what we mean to do with it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from orders.models.order import Order
from orders.rules.moves import LIVE_PAYMENTS, PAYMENT_MOVES, PaymentStatus
from pharmacy.clock import AppNow
from pharmacy.keys import new_id
from pharmacy.money import Money

PROVIDERS = [("stripe", "Stripe"), ("none", "Nothing to pay"), ("account", "On account")]
KINDS = ["authorize", "capture", "void", "refund", "refund_failed", "dispute"]


class Payment(models.Model):
    """One attempt to pay for one parcel group of an order. Amounts only ever follow entries.

    `reference` is stored before the provider is called and is the key of every call about this attempt.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    parcel_group = models.PositiveSmallIntegerField(default=1)
    attempt = models.PositiveSmallIntegerField(default=1)
    reference = models.CharField(max_length=40, unique=True)
    provider = models.CharField(max_length=8, choices=PROVIDERS, default="stripe")
    is_test = models.BooleanField(default=False)
    status = models.CharField(max_length=20, choices=[(s, s) for s in PaymentStatus], default=PaymentStatus.PENDING)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    authorized_minor = models.BigIntegerField(default=0)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    session_id = models.CharField(max_length=200, blank=True, db_index=True)
    session_url = models.TextField(blank=True)
    session_expires_at = models.DateTimeField(null=True)
    intent_id = models.CharField(max_length=200, blank=True, db_index=True)
    capture_before = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=60, blank=True)
    attention = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(db_default=AppNow())
    checked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], name="payment_open", condition=Q(status__in=["pending", "failed", "authorized"])
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "parcel_group"],
                name="one_live_payment_per_parcel_group",
                condition=Q(status__in=[str(s) for s in LIVE_PAYMENTS]),
            ),
            models.UniqueConstraint(fields=["order", "parcel_group", "attempt"], name="payment_attempts_are_counted"),
            models.CheckConstraint(name="payment_amount_is_not_negative", condition=Q(amount_minor__gte=0)),
            models.CheckConstraint(
                name="authorized_never_exceeds_amount",
                condition=Q(authorized_minor__gte=0, authorized_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="captured_never_exceeds_authorized",
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("authorized_minor")),
            ),
            models.CheckConstraint(
                name="refunded_never_exceeds_captured",
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("captured_minor")),
            ),
            models.CheckConstraint(name="payment_status_is_known", condition=Q(status__in=list(PAYMENT_MOVES))),
        ]

    def __str__(self) -> str:
        return f"Payment {self.reference}"

    @property
    def amount(self) -> Money:
        """What the customer is asked to let us hold."""
        return Money(self.amount_minor, self.currency)

    @property
    def captured(self) -> Money:
        """What was taken."""
        return Money(self.captured_minor, self.currency)


class PaymentStep(models.Model):
    """What we decided to do with a payment, written under the order's lock before the provider is asked.

    A hold is captured or voided, never both: whoever comes second finds the other's row.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=[("capture", "Capture"), ("void", "Void"), ("refund", "Refund")])
    amount_minor = models.BigIntegerField()
    key = models.CharField(max_length=80, unique=True)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField(db_default=AppNow())
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                name="a_hold_is_captured_or_voided_once",
                condition=Q(kind__in=["capture", "void"], failed_at=None),
            ),
            models.CheckConstraint(name="step_amount_is_not_negative", condition=Q(amount_minor__gte=0)),
            models.CheckConstraint(name="step_kind_is_known", condition=Q(kind__in=["capture", "void", "refund"])),
            models.CheckConstraint(name="a_step_is_done_or_failed", condition=Q(done_at=None) | Q(failed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"


class PaymentEntry(models.Model):
    """One fact of the provider's ledger: append-only, unique by provider object and kind."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=14, choices=[(k, k) for k in KINDS])
    provider_object_id = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    noted_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        verbose_name_plural = "payment entries"
        constraints = [
            models.UniqueConstraint(
                fields=["provider_object_id", "kind"], name="one_entry_per_provider_object_and_kind"
            ),
            models.CheckConstraint(name="entry_amount_is_not_negative", condition=Q(amount_minor__gte=0)),
            models.CheckConstraint(name="entry_kind_is_known", condition=Q(kind__in=KINDS)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"
