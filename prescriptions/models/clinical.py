"""Clinical rules as dated, cited rows: written by one person, approved by another; only approved ones count."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from pharmacy.keys import new_id


class ClinicalRuleQuerySet(models.QuerySet["ClinicalRule"]):
    """Rows that count."""

    def live(self) -> Self:
        """Approved by somebody other than their author, and not retired."""
        return self.filter(approved_at__isnull=False, retired_at=None)


class ClinicalRule(models.Model):
    """One version of one rule: a dose limit, a contraindication or a group, with where it was read.

    `value` holds what its kind needs (see `rules/clinical.py`); `gist` says the source's sentence in our words.
    """

    class Kind(models.TextChoices):
        DOSE = "dose", "Maximum dose"
        CONTRAINDICATION = "contraindication", "Contraindication or warning"
        GROUP = "group", "Group of substances"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    substance = models.CharField(max_length=120, blank=True, db_index=True)
    value = models.JSONField(default=dict)
    severity = models.CharField(max_length=20)
    source = models.CharField(max_length=160)
    section = models.CharField(max_length=80, blank=True)
    gist = models.CharField(max_length=400)
    written_by = models.CharField(max_length=120)
    written_at = models.DateTimeField()
    approved_by = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=120, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ClinicalRuleQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "substance", "code", "-version")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_row_per_version_of_a_clinical_rule"),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(approved_at__isnull=False, retired_at=None),
                name="one_live_version_of_a_clinical_rule",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("written_by")),
                name="author_of_a_clinical_rule_is_not_its_approver",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="", approved_at=None) | (~Q(approved_by="") & Q(approved_at__isnull=False)),
                name="an_approved_clinical_rule_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(source="") & ~Q(gist="") & ~Q(written_by=""), name="a_clinical_rule_is_cited"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
