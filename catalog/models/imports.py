"""Where an import of a source's files stands, so that it can go on after a stop."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class ImportRun(models.Model):
    """One import of one set of files; `stage` and `line` say where to go on."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=64, help_text="of the files' contents and options")
    stage = models.CharField(max_length=20, default="products")
    line = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_import_of_the_same_files",
                fields=["source", "fingerprint"],
                condition=models.Q(finished_at=None),
            )
        ]


class ImportRefusal(models.Model):
    """A row that was not taken in, and why."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="refusals")
    file = models.CharField(max_length=20)
    line = models.PositiveBigIntegerField()
    key = models.CharField(max_length=80, blank=True, default="")
    reason = models.CharField(max_length=200)


class StagedRow(models.Model):
    """A row that was read and waits for its run's one merge. Unlogged: after the database crashed it is read again."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="staged")
    what = models.CharField(max_length=12)
    line = models.PositiveBigIntegerField()
    key = models.CharField(max_length=120)
    row = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(name="a_run_stages_a_key_once", fields=["run", "what", "key"])]
