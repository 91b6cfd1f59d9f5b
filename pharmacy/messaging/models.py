"""Letters: what was sent to whom for which event, once."""

from __future__ import annotations

from django.db import models

from pharmacy.clock import AppNow
from pharmacy.crypto import sealed
from pharmacy.keys import new_id


class Letter(models.Model):
    """One e-mail. Unique by key, recipient and template: told twice, sent once. Address and words rest encrypted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=120)
    template = models.CharField(max_length=120)
    recipient_index = models.CharField(max_length=64)
    to_sealed = models.BinaryField(default=b"")
    to = sealed("to_sealed")
    subject = models.CharField(max_length=200)
    text_sealed = models.BinaryField(default=b"")
    text = sealed("text_sealed")
    html_sealed = models.BinaryField(default=b"")
    html = sealed("html_sealed")
    about_type = models.CharField(max_length=40, blank=True, default="")
    about_id = models.CharField(max_length=80, blank=True, default="")
    written_at = models.DateTimeField(db_default=AppNow())
    due_at = models.DateTimeField(db_default=AppNow())
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "recipient_index", "template"], name="one_letter_per_event_and_recipient"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(sent_at=None, failed_at=None), name="letter_due"),
            models.Index(fields=["-written_at"], name="letter_newest"),
            models.Index(fields=["about_type", "about_id"], name="letter_about"),
        ]

    def __str__(self) -> str:
        return self.subject
