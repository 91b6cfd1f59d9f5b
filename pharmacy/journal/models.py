"""What happened (Event), what is owed for it (OutboxEntry), what was heard (InboxEntry), and when jobs last ran."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pharmacy.clock import AppNow
from pharmacy.keys import new_id


class Event(models.Model):
    """One thing that happened, written in the transaction that did it. Holds opaque ids and coded facts only.

    The sealer gives `position` (gap-free, the partners' feed) and the hash chain moments later; then the row is frozen.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    about_type = models.CharField(max_length=40)
    about_id = models.CharField(max_length=80)
    by_kind = models.CharField(max_length=20)
    by_id = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=AppNow())
    position = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.BinaryField(null=True)
    hash = models.BinaryField(null=True)
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["about_type", "about_id", "at"], name="event_about"),
            models.Index(fields=["at", "id"], condition=Q(position=None), name="event_unsealed"),
            models.Index(fields=["kind", "at"], name="event_kind"),
        ]
        constraints = [
            models.CheckConstraint(
                name="sealed_whole_or_not_at_all",
                condition=Q(position=None, previous_hash=None, hash=None, sealed_at=None)
                | Q(position__isnull=False, previous_hash__isnull=False, hash__isnull=False, sealed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_type}:{self.about_id}"


class OutboxEntry(models.Model):
    """One subscriber is owed one event. `due_at` is schedule and lease in one: a dead worker's falls due again."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="owed")
    subscriber = models.CharField(max_length=120)
    queue = models.CharField(max_length=20, default="default")
    due_at = models.DateTimeField(db_default=AppNow())
    attempts = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    flagged_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="one_entry_per_event_and_subscriber"),
        ]
        indexes = [
            models.Index(fields=["queue", "due_at"], condition=Q(settled_at=None, flagged_at=None), name="outbox_due"),
            models.Index(fields=["flagged_at"], condition=Q(flagged_at__isnull=False), name="outbox_flagged"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} is owed {self.event_id}"


class InboxEntry(models.Model):
    """Something we were told from outside; told twice, done once. `answer_sealed` is what we replied (encrypted)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, default="", blank=True)
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer_sealed = models.BinaryField(default=b"")
    heard_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="heard_once_per_source_and_key")]
        indexes = [models.Index(fields=["heard_at"], name="inbox_heard_at")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class Timer(models.Model):
    """When a periodic job last started, so that a dead beat is noticed and two beats do no harm."""

    name = models.CharField(primary_key=True, max_length=80)
    started_at = models.DateTimeField(db_default=AppNow())

    def __str__(self) -> str:
        return self.name


class Clock(models.Model):
    """One row at the most: the offset that app_now() adds. Tests and the sandbox alone may write it.

    Made by 0001 in SQL, before the functions that read it.
    """

    only = models.BooleanField(primary_key=True, default=True)
    offset = models.DurationField()

    class Meta:
        managed = False
        db_table = "journal_clock"

    def __str__(self) -> str:
        return str(self.offset)
